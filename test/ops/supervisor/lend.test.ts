import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createLeases } from '../../../src/ops/supervisor/leases.ts';
import { lendTo } from '../../../src/ops/supervisor/lend.ts';
import { realTime } from '../net/support.ts';

it('keeps nothing of a lease that is given back', async () => {
  const leases = createLeases(realTime, { lent: false, end: () => {} });
  const dropped = new AbortController();
  const visit = new AbortController();
  const guest = { left: visit.signal, tell: () => {}, hear: async () => undefined };
  const lending = { leases, describe: () => ({}), look: async () => ({}), dropped: dropped.signal };
  const lent = lendTo(guest, lending);
  expect(getEventListeners(dropped.signal, 'abort')).toHaveLength(1);
  visit.abort();
  expect(await lent).toEqual({ ended: false });
  expect(getEventListeners(dropped.signal, 'abort')).toHaveLength(0);
  leases.close();
});

it('tells a borrower that the session is gone only when its record is dropped', async () => {
  const leases = createLeases(realTime, { lent: true, end: () => {} });
  const dropped = new AbortController();
  const visit = new AbortController();
  const guest = { left: visit.signal, tell: () => {}, hear: async () => undefined };
  const lending = { leases, describe: () => ({}), look: async () => ({}), dropped: dropped.signal };
  leases.settle();
  let isAnswered = false;
  const lent = lendTo(guest, lending).finally(() => {
    isAnswered = true;
  });
  visit.abort();
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAnswered).toBe(false);
  dropped.abort();
  expect(await lent).toEqual({ ended: true });
});
