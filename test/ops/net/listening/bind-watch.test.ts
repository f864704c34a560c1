import { expect, it } from 'vitest';
import { createBindWatch } from '../../../../src/ops/net/listening/bind-watch.ts';

it('finds the addresses that this machine has not, and remembers since when', async () => {
  const times = [1, 2, 3];
  const sys = { now: () => new Date(times.shift() ?? 0) };
  const watch = createBindWatch(sys, ['127.0.0.1', '192.0.2.1', '0.0.0.0', '2001:db8::1']);
  const lost = { addresses: ['192.0.2.1', '2001:db8::1'], since: new Date(1) };
  expect(await watch.look()).toEqual(lost);
  expect(await watch.look()).toEqual(lost);
  expect(await createBindWatch(sys, ['127.0.0.1', '::1', '0.0.0.0']).look()).toBeUndefined();
});
