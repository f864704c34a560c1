import { expect, it } from 'vitest';
import type { ErrorCode } from '../../../../src/error-codes.ts';
import { HotpassError } from '../../../../src/errors.ts';
import { createRetries } from '../../../../src/ops/ssm/channel/retries.ts';

/** Time that jumps over each pause, and keeps it. */
function jumpingTime() {
  let now = 0;
  const pauses: number[] = [];
  return {
    pauses,
    monotonic: () => now,
    async sleep(ms: number) {
      pauses.push(ms);
      now += ms;
    },
  };
}

const fails = (times: number, code: ErrorCode) => async (): Promise<void> => {
  times -= 1;
  if (times >= 0) throw new HotpassError(code, `${times} to go`);
};

it('tries at once, and then ever more seldom, up to 30 s', async () => {
  const time = jumpingTime();
  const told: string[] = [];
  const retries = createRetries(time, new AbortController().signal, (why) => told.push(why.message));
  await retries.run(fails(12, 'aws-unreachable'));
  expect(told).toHaveLength(12);
  expect(time.pauses[0]).toBe(0);
  expect(time.pauses[1]).toBeLessThanOrEqual(500);
  expect(Math.max(...time.pauses)).toBeLessThanOrEqual(30_000);
  expect(time.pauses.at(-1)).toBeGreaterThanOrEqual(20_000);
});

it('goes on from where it was, until something came through', async () => {
  const time = jumpingTime();
  const retries = createRetries(time, new AbortController().signal, () => undefined);
  await retries.run(fails(3, 'aws-unreachable'));
  await retries.run(fails(0, 'aws-unreachable'));
  expect(time.pauses.at(-1)).toBeGreaterThan(1_000);
  retries.forget();
  await retries.run(fails(0, 'aws-unreachable'));
  expect(time.pauses.at(-1)).toBe(0);
});

it('knocks less often where it was refused', async () => {
  const time = jumpingTime();
  const retries = createRetries(time, new AbortController().signal, () => undefined);
  await retries.run(fails(2, 'access-denied'));
  expect(time.pauses[1]).toBeGreaterThan(1_000);
});

it('tries no more when all is over', async () => {
  const time = jumpingTime();
  const over = new AbortController();
  let tries = 0;
  const told: unknown[] = [];
  await createRetries(time, over.signal, (why) => told.push(why)).run(async () => {
    tries += 1;
    over.abort();
    throw new Error('cut');
  });
  expect(tries).toBe(1);
  expect(told).toEqual([]);
});

it('makes an error of ours of whatever a try throws', async () => {
  const told: HotpassError[] = [];
  const retries = createRetries(jumpingTime(), new AbortController().signal, (why) => told.push(why));
  let isFirst = true;
  await retries.run(async () => {
    if (!isFirst) return;
    isFirst = false;
    throw new TypeError('of nobody');
  });
  expect(told).toMatchObject([{ code: 'unexpected', message: 'of nobody' }]);
});
