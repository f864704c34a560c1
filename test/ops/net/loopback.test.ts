import { expect, it } from 'vitest';
import { isLoopback, loopbackAddresses } from '../../../src/ops/net/loopback.ts';

it.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['[::1]', true],
  ['localhost', true],
  ['LocalHost.', true],
  ['db.localhost', true],
  ['notlocalhost', false],
  ['0.0.0.0', false],
  ['::', false],
  ['10.127.0.1', false],
])('%s is loopback: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

it('listens on IPv4 loopback always, and first', () => {
  expect(loopbackAddresses()[0]).toBe('127.0.0.1');
});
