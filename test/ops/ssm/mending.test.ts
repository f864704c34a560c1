import { expect, it } from 'vitest';
import { createDeferred } from '../../../src/deferred.ts';
import { HotpassError } from '../../../src/errors.ts';
import { createMending } from '../../../src/ops/ssm/mending.ts';
import type { Pool } from '../../../src/ops/ssm/pool.ts';
import type { Trouble } from '../../../src/ops/ssm/slot.ts';
import { realTime } from '../net/support.ts';

it('leaves its turn to others while a try hangs, also in a process that was told to end', async () => {
  let trouble: Trouble | undefined = {
    why: new HotpassError('ssm-failed', 'socket closed by SSM'),
    retry: { attempt: 1, inSeconds: 0 },
  };
  const unused = () => Promise.reject(new Error('nobody calls this here'));
  const pool: Pool = {
    open: unused,
    dial: unused,
    trouble: () => trouble,
    isBreaking: unused,
    answers: unused,
    wake: unused,
    hurry() {},
    renew: unused,
    evidence: () => '',
    close: unused,
  };
  const told = AbortSignal.abort();
  let turns = 0;
  const sleep = (ms: number, signal: AbortSignal = told) => {
    turns += 1;
    // Else a wrong one would never come to its end.
    if (turns > 100) trouble = undefined;
    return realTime.sleep(ms, signal);
  };
  const over = createDeferred<void>();
  setImmediate(() => {
    trouble = undefined;
    over.resolve();
  });
  await createMending({ sleep }, new Map([['api', pool]])).tried();
  expect(turns).toBeLessThan(100);
  await over.promise;
});
