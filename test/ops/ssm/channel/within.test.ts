import { expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { within } from '../../../../src/ops/ssm/channel/within.ts';
import { NEVER } from '../../../../src/signals.ts';
import { realTime } from '../../net/support.ts';

const late = () => new HotpassError('aws-unreachable', 'late');
const hang = () => new Promise<never>(() => undefined);

it('gives what the work gives, and leaves its signal alone afterwards', async () => {
  let given: AbortSignal | undefined;
  const work = async (signal: AbortSignal) => {
    given = signal;
    return 7;
  };
  expect(await within(realTime, 10_000, NEVER, work, late)).toBe(7);
  await new Promise((resolve) => setImmediate(resolve));
  expect(given?.aborted).toBe(false);
});

it('gives up work that takes too long, even where it does not listen', async () => {
  await expect(within(realTime, 5, NEVER, hang, late)).rejects.toMatchObject({ message: 'late' });
});

it('tells the work that it is given up', async () => {
  let heard = false;
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      heard = true;
    });
    return hang();
  };
  await expect(within(realTime, 5, NEVER, work, late)).rejects.toThrow('late');
  expect(heard).toBe(true);
});

it('is interrupted by the signal of whoever waits', async () => {
  const giveUp = new AbortController();
  const waiting = within(realTime, 10_000, giveUp.signal, hang, late);
  giveUp.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
});

it('passes on why the work failed', async () => {
  const fail = () => Promise.reject(new HotpassError('ssm-failed', 'of its own'));
  await expect(within(realTime, 10_000, NEVER, fail, late)).rejects.toMatchObject({ code: 'ssm-failed' });
});
