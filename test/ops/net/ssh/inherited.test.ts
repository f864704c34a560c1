import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parseInherited, readRemark } from '../../../../src/ops/net/ssh/inherited.ts';
import { createSandbox, type Sandbox } from '../../../support/hotpass.ts';

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.remove();
  sandbox = undefined;
});

test('reads forwards of every kind and nothing else', () => {
  const settings = [
    'host bastion',
    'localforward 5432 [db.internal]:5432',
    'localcommand none',
    'dynamicforward 1080',
    'remoteforward 9000 [localhost]:9000',
    'exitonforwardfailure yes',
  ].join('\n');
  expect(parseInherited(settings)).toEqual({
    forwards: [
      'LocalForward 5432 [db.internal]:5432',
      'DynamicForward 1080',
      'RemoteForward 9000 [localhost]:9000',
    ],
    hasJump: false,
    isProxied: false,
  });
});

test.each([
  ['proxyjump near', true, true],
  ['proxyjump none', false, false],
  ['proxycommand ssh -W %h:%p near', false, true],
  ['proxycommand none', false, false],
])('finds what leads to the bastion: %s', (line, hasJump, isProxied) => {
  expect(parseInherited(`host bastion\n${line}`)).toEqual({ forwards: [], hasJump, isProxied });
});

test.each([
  [
    'channel_setup_fwd_listener_tcpip: cannot listen to port: 5432',
    'port 5432 is busy: that forward of ssh_config is not open',
  ],
  [
    'Warning: remote port forwarding failed for listen port 9000',
    'remote port forwarding failed for listen port 9000: that forward of ssh_config is not open',
  ],
  ["Warning: Permanently added 'x' (ED25519) to the list of known hosts.", undefined],
  ['Could not request local forwarding.', undefined],
])('of what ssh says in passing, a person reads what matters: %s', (line, told) => {
  expect(readRemark(line)).toBe(line.includes('Permanently') ? line : told);
});

test('a dry run tells what ssh_config would open besides', async () => {
  sandbox = await createSandbox();
  const config = join(sandbox.root, 'ssh_config');
  await writeFile(
    config,
    'Host bastion\n  LocalForward 15432 db.internal:5432\n  ForkAfterAuthentication yes\n  ClearAllForwardings yes\n',
  );
  const up = ['net', 'up', '--host', 'bastion', '--ssh-config', config, '--forward', 'a=a.internal:80'];
  const { code, stdout } = await sandbox.hotpass([...up, '--dry-run']);
  expect(code).toBe(0);
  expect(stdout).toContain('ssh_config adds LocalForward 15432 [db.internal]:5432 to this session');
});
