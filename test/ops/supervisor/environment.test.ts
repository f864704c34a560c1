import { expect, it } from 'vitest';
import { scrubEnvironment } from '../../../src/ops/supervisor/environment.ts';

it('passes on what ssh needs, marks it, and speaks English', () => {
  const given = {
    PATH: '/bin',
    HOME: '/h',
    SSH_AUTH_SOCK: '/a',
    SSH_SK_HELPER: '/k',
    AWS_PROFILE: 'p',
    XDG_STATE_HOME: '/s',
    LC_ALL: 'de_DE',
  };
  expect(scrubEnvironment(given, 'abc')).toEqual({
    PATH: '/bin',
    HOME: '/h',
    SSH_AUTH_SOCK: '/a',
    SSH_SK_HELPER: '/k',
    AWS_PROFILE: 'p',
    XDG_STATE_HOME: '/s',
    LC_ALL: 'C',
    HOTPASS_SESSION_NONCE: 'abc',
  });
});

it.each([
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'GITHUB_TOKEN',
  'PREFECT_API_KEY',
  'DB_PASSWORD',
  'NODE_OPTIONS',
  'LD_PRELOAD',
  'SSH_ASKPASS',
  'toString',
])('keeps %s out', (name) => {
  expect(scrubEnvironment({ [name]: 'secret' }, 'abc')).toEqual({
    LC_ALL: 'C',
    HOTPASS_SESSION_NONCE: 'abc',
  });
});

it('takes its own nonce, not the one of a session that it was started in', () => {
  expect(scrubEnvironment({ HOTPASS_SESSION_NONCE: 'old' }, 'new').HOTPASS_SESSION_NONCE).toBe('new');
});
