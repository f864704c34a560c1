import { expect, it } from 'vitest';
import { rehearsalPlace } from '../../../src/ops/rehearse/place.ts';

const person = { home: '/home/ann', uid: 501, platform: 'linux' as const };
const folderOf = (env: Record<string, string>) => rehearsalPlace({ ...person, env }).folder;

it.each([
  [
    'beside the folder of sockets',
    { XDG_RUNTIME_DIR: '/run/user/501' },
    '/run/user/501/hotpass-rehearsal-501',
  ],
  ['in /tmp without one', {}, '/tmp/hotpass-rehearsal-501'],
  ['in /tmp where names would be too long', { TMPDIR: `/${'x'.repeat(48)}` }, '/tmp/hotpass-rehearsal-501'],
  [
    'where the shell was told that it is',
    { HOTPASS_REHEARSAL: '/tmp/one/hotpass-rehearsal', XDG_RUNTIME_DIR: '/tmp/one/run' },
    '/tmp/one/hotpass-rehearsal',
  ],
  [
    'and not where something else may be',
    { HOTPASS_REHEARSAL: '/home/ann/data' },
    '/tmp/hotpass-rehearsal-501',
  ],
  ['and not where a relative name would lead', { HOTPASS_REHEARSAL: 'one' }, '/tmp/hotpass-rehearsal-501'],
])('a rehearsal is %s', (_, env, folder) => {
  expect(folderOf(env)).toBe(folder);
});
