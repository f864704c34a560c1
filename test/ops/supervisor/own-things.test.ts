import { expect, it } from 'vitest';
import { createDeferred } from '../../../src/deferred.ts';
import { HotpassError } from '../../../src/errors.ts';
import { createOwnThings } from '../../../src/ops/supervisor/own-things.ts';
import { createTroubles } from '../../../src/ops/supervisor/troubles.ts';
import { realTime } from '../net/support.ts';

it('what a look finds is a trouble until another finds it mended; one that fails keeps no other from its look', async () => {
  const troubles = createTroubles(() => {});
  let problem: string | undefined = 'the disk is full';
  const own = createOwnThings(
    realTime,
    [
      { name: 'socket', keep: () => Promise.reject(new Error('EACCES')) },
      {
        name: 'record',
        keep: () => Promise.reject(new HotpassError('state-invalid', 'it is empty', { hint: 'mv it' })),
      },
      { name: 'log', keep: async () => problem },
    ],
    troubles,
  );
  await own.look();
  expect(troubles.list()).toEqual([
    'the socket is in trouble: EACCES',
    'the record is in trouble: it is empty; mv it',
    'the disk is full',
  ]);
  problem = undefined;
  await own.look();
  expect(troubles.list()).toHaveLength(2);
});

it('a thing on a disk that does not answer keeps nobody waiting, and is looked at once', async () => {
  const answer = createDeferred<undefined>();
  let looks = 0;
  const troubles = createTroubles(() => {});
  const keep = () => {
    looks += 1;
    return answer.promise;
  };
  const own = createOwnThings(realTime, [{ name: 'log', keep }], troubles);
  const begun = performance.now();
  await Promise.all([own.look(), own.look()]);
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(looks).toBe(1);
  await own.end();
  answer.resolve(undefined);
});

it('after the end nothing is mended any more', async () => {
  const kept: string[] = [];
  const gate = createDeferred<undefined>();
  const own = createOwnThings(
    realTime,
    [
      {
        name: 'socket',
        keep: () => {
          kept.push('socket');
          return gate.promise;
        },
      },
      {
        name: 'record',
        keep: async () => {
          kept.push('record');
          return undefined;
        },
      },
    ],
    createTroubles(() => {}),
  );
  const looked = own.look();
  const ended = own.end();
  gate.resolve(undefined);
  await Promise.all([looked, ended]);
  await own.look();
  expect(kept).toEqual(['socket']);
});
