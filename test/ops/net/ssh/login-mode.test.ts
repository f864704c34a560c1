import { expect, it } from 'vitest';
import { canAsk } from '../../../../src/ops/net/ssh/login-mode.ts';

it.each([
  ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026', true],
  ['OpenSSH_10.0p2, OpenSSL 3.5.1', true],
  ['OpenSSH_8.4p1 Debian-5, OpenSSL 1.1.1k', true],
  ['OpenSSH_8.2p1 Ubuntu-4ubuntu0.11, OpenSSL 1.1.1f', false],
  ['OpenSSH_8.0p1, OpenSSL 1.1.1k  FIPS 25 Mar 2021', false],
  ['OpenSSH_7.9p1 Debian-10+deb10u2', false],
  ['some other ssh', true],
])('%s can ask through us: %s', (version, can) => {
  expect(canAsk(version)).toBe(can);
});
