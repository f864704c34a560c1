import { expect, it } from 'vitest';
import { insideEnvironment, shellEnvironment } from '../../../src/ops/rehearse/environment.ts';
import { rehearsalPlace } from '../../../src/ops/rehearse/place.ts';
import { userDirs } from '../../../src/state/user-dirs.ts';

const person = { home: '/home/ann', uid: 501, platform: 'linux' as const };
const own = {
  HOME: '/home/ann',
  XDG_RUNTIME_DIR: '/run/user/501',
  XDG_STATE_HOME: '/home/ann/state',
  AWS_PROFILE: 'production',
  AWS_SESSION_TOKEN: 'secret',
  AWS_CONFIG_FILE: '/home/ann/.aws/config',
};
const place = rehearsalPlace({ ...person, env: own });
const address = {
  endpoint: 'http://127.0.0.1:41000',
  region: 'eu-west-1',
  accessKeyId: 'AKIAREHEARSAL',
  secretAccessKey: 'rehearsal',
  instance: 'i-0abc12def3456789a',
};

it('keeps all that hotpass reads or writes inside the folder of the rehearsal', () => {
  const env = insideEnvironment(own, place, address);
  const { runtime, privateState, config } = userDirs({ ...person, env });
  for (const path of [runtime, privateState, config, env.HOTPASS_STATE_DIR, env.AWS_CONFIG_FILE])
    expect(path).toMatch(/^\/run\/user\/501\/hotpass-rehearsal-501\//);
});

it('takes away what leads to an account of AWS', () => {
  const env = insideEnvironment(own, place, address);
  expect(env).not.toHaveProperty('AWS_PROFILE');
  expect(env).not.toHaveProperty('AWS_SESSION_TOKEN');
  expect(env.AWS_ENDPOINT_URL_SSM).toBe('http://127.0.0.1:41000');
});

it('asks nobody at AWS where the staging itself is gone', () => {
  const { AWS_ENDPOINT_URL_SSM, AWS_ACCESS_KEY_ID } = insideEnvironment(
    { ...own, AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_ENDPOINT_URL_SSM: 'https://ssm.eu-west-1.amazonaws.com' },
    place,
  );
  expect(AWS_ENDPOINT_URL_SSM).toBe('http://127.0.0.1:9');
  expect(AWS_ACCESS_KEY_ID).toBe('none');
});

it('leads a shell that is there already to the same place again', () => {
  const { environment } = shellEnvironment(place, address);
  const again = rehearsalPlace({ ...person, env: { ...own, ...environment } });
  expect(again).toEqual(place);
});
