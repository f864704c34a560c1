import { expect, it } from 'vitest';
import { chooseWay } from '../../../../src/ops/aws/check/endpoint.ts';
import type { FoundForward } from '../../../../src/ops/net/find-forwards.ts';

const forwardTo = (remote: string): FoundForward => ({
  label: remote,
  name: 'eks',
  host: '127.0.0.1',
  port: 6443,
  remote,
  state: 'ready',
  service: { state: 'ok', how: 'TLS name verified' },
});
const other = forwardTo('efgh.eks.amazonaws.com:443');

it.each([
  ['a name', 'https://ABCD.eks.amazonaws.com', 'abcd.eks.amazonaws.com:443'],
  ['a port of its own', 'https://localhost:8443', 'localhost:8443'],
  ['an IPv6 address', 'https://[fd00::7]', '[fd00::7]:443'],
])('a check goes through the forward to %s, whichever others there are', (_, endpoint, remote) => {
  const forward = forwardTo(remote);
  expect(chooseWay([other, forward], new URL(endpoint))).toEqual({ forward, stray: undefined });
});

it('a check goes through no forward that leads elsewhere, and knows of it', () => {
  const endpoint = new URL('https://abcd.eks.amazonaws.com');
  expect(chooseWay([other], endpoint)).toEqual({ forward: undefined, stray: other });
  expect(chooseWay([], endpoint)).toEqual({ forward: undefined, stray: undefined });
});
