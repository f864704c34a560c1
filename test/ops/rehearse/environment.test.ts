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
  AWS_ENDPOINT_URL_EKS: 'https://eks.eu-west-1.amazonaws.com',
  KUBECONFIG: '/home/ann/.kube/config',
  HOTPASS_EKS_CLUSTER: 'production',
};
const place = rehearsalPlace({ ...person, env: own });
const address = {
  endpoint: 'http://127.0.0.1:41000',
  region: 'eu-west-1',
  accessKeyId: 'AKIAREHEARSAL',
  secretAccessKey: 'rehearsal',
};

it('keeps all that hotpass reads or writes inside the folder of the rehearsal', () => {
  const env = insideEnvironment(own, place, address);
  const { runtime, privateState, config } = userDirs({ ...person, env });
  const { HOTPASS_STATE_DIR, AWS_CONFIG_FILE, AWS_CA_BUNDLE, KUBECONFIG } = env;
  const variables = [HOTPASS_STATE_DIR, AWS_CONFIG_FILE, AWS_CA_BUNDLE, KUBECONFIG];
  for (const path of [runtime, privateState, config, ...variables])
    expect(path).toMatch(/^\/run\/user\/501\/hotpass-rehearsal-501\//);
});

it('takes away what leads to an account of AWS', () => {
  const env = insideEnvironment(own, place, address);
  expect(env).not.toHaveProperty('AWS_PROFILE');
  expect(env).not.toHaveProperty('AWS_SESSION_TOKEN');
  expect(env).not.toHaveProperty('AWS_ENDPOINT_URL_EKS');
  expect(env).not.toHaveProperty('HOTPASS_EKS_CLUSTER');
  expect(env.AWS_ENDPOINT_URL).toBe('http://127.0.0.1:41000');
});

it('asks nobody at AWS where the staging itself is gone', () => {
  const inside = insideEnvironment(
    { ...own, AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_ENDPOINT_URL_SSM: 'https://ssm.eu-west-1.amazonaws.com' },
    place,
  );
  expect(inside).toMatchObject({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ACCESS_KEY_ID: 'none' });
  expect(inside).not.toHaveProperty('AWS_ENDPOINT_URL_SSM');
});

it('leads a shell that is there already to the same place again', () => {
  const { environment } = shellEnvironment(place, address);
  const again = rehearsalPlace({ ...person, env: { ...own, ...environment } });
  expect(again).toEqual(place);
});
