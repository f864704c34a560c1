import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AwsPlace } from '../../../src/aws.ts';
import { readSettings } from '../../../src/ops/aws/settings.ts';
import type { Environment } from '../../../src/system.ts';

const CONFIG = `
[default]
region = us-east-2
[profile staging]
region = eu-west-1
endpoint_url = http://127.0.0.1:4566
[profile far]
services = rehearsed
ca_bundle = /etc/proxy.pem
[services rehearsed]
ssm =
  endpoint_url = http://127.0.0.1:4567
`;
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDENV', AWS_SECRET_ACCESS_KEY: 's' };

async function read(env: Environment, place: AwsPlace = {}, config = CONFIG) {
  const home = await mkdtemp(join(tmpdir(), 'hp-aws-'));
  onTestFinished(() => rm(home, { recursive: true }));
  await mkdir(join(home, '.aws'));
  await writeFile(join(home, '.aws/config'), config);
  await writeFile(
    join(home, '.aws/credentials'),
    '[keys]\naws_access_key_id = A\naws_secret_access_key = S\n',
  );
  const { endpointOf, ...settings } = await readSettings({ HOME: home, ...env }, place);
  return { ...settings, endpointOf, endpoint: endpointOf('ssm')?.href };
}

const table: readonly (readonly [string, Environment, AwsPlace, object])[] = [
  ['the default profile', {}, {}, { profile: 'default', region: 'us-east-2' }],
  ['AWS_PROFILE', { AWS_PROFILE: 'staging' }, {}, { profile: 'staging', region: 'eu-west-1' }],
  [
    'keys of the environment before AWS_PROFILE',
    { ...KEYS, AWS_PROFILE: 'staging' },
    {},
    { profile: undefined, region: 'eu-west-1' },
  ],
  [
    'a profile that was named before keys',
    KEYS,
    { profile: 'staging' },
    { profile: 'staging', region: 'eu-west-1' },
  ],
  [
    'a profile of the credentials file',
    { AWS_REGION: 'eu-north-1' },
    { profile: 'keys' },
    { profile: 'keys', region: 'eu-north-1' },
  ],
  [
    'a region that was named before AWS_REGION',
    { AWS_REGION: 'eu-north-1' },
    { region: 'ap-south-1' },
    { region: 'ap-south-1' },
  ],
  [
    'AWS_REGION before that of the profile',
    { AWS_REGION: 'eu-north-1' },
    { profile: 'staging' },
    { region: 'eu-north-1' },
  ],
  [
    'AWS_DEFAULT_REGION after that of the profile',
    { AWS_DEFAULT_REGION: 'eu-north-1' },
    { profile: 'staging' },
    { region: 'eu-west-1' },
  ],
  [
    'AWS_DEFAULT_REGION where there is no other',
    { AWS_DEFAULT_REGION: 'eu-north-1' },
    { profile: 'far' },
    { region: 'eu-north-1' },
  ],
  ['the endpoint of the profile', {}, { profile: 'staging' }, { endpoint: 'http://127.0.0.1:4566/' }],
  [
    'the endpoint of its services',
    { AWS_REGION: 'eu-west-1' },
    { profile: 'far' },
    { endpoint: 'http://127.0.0.1:4567/', caBundle: '/etc/proxy.pem' },
  ],
  [
    'AWS_ENDPOINT_URL before those',
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    { profile: 'staging' },
    { endpoint: 'http://127.0.0.1:1/' },
  ],
  [
    'AWS_ENDPOINT_URL_SSM before that',
    { AWS_ENDPOINT_URL: 'http://x', AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:2' },
    {},
    { endpoint: 'http://127.0.0.1:2/' },
  ],
  [
    'no endpoint at all when told so',
    { AWS_ENDPOINT_URL: 'http://x', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    {},
    { endpoint: undefined },
  ],
];

it.each(table)('takes %s', async (_, env, place, wanted) => {
  expect(await read(env, place)).toMatchObject(wanted);
});

it.each([
  [
    'a profile that no file has',
    {},
    { profile: 'stagin' },
    'profile-unknown',
    /^the AWS config files have no profile "stagin"; known: default, staging, far, keys$/,
  ],
  ['an AWS_PROFILE that no file has', { AWS_PROFILE: 'x' }, {}, 'profile-unknown', /no profile "x"/],
  ['no region', {}, { profile: 'keys' }, 'region-missing', /^no AWS region was given$/],
  [
    'a region that would lead elsewhere',
    { AWS_REGION: 'x.evil.example/?' },
    {},
    'usage',
    /^region "x\.evil\.example\/\?" is not one of AWS$/,
  ],
  [
    'an endpoint that is none, without its password',
    { AWS_ENDPOINT_URL: 'ftp://ann:hidden@x' },
    {},
    'usage',
    /^AWS_ENDPOINT_URL is not the address of a web service$/,
  ],
])('refuses %s', async (_, env, place, code, message) => {
  await expect(read(env, place)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it('says what decided', async () => {
  const origins = { profile: 'flag --profile', region: 'hotpass.yaml' };
  const told = async (env: Environment, place: AwsPlace) => (await read(env, place)).origins;
  expect(await told({}, { profile: 'staging', region: 'eu-north-1', origins })).toEqual(origins);
  expect(await told({ AWS_PROFILE: 'staging' }, {})).toEqual({
    profile: 'AWS_PROFILE',
    region: 'profile staging',
  });
  expect(await told({ AWS_REGION: 'eu-north-1' }, {})).toEqual({
    profile: 'by default',
    region: 'AWS_REGION',
  });
  const last = { AWS_DEFAULT_REGION: 'eu-north-1' };
  expect(await told(last, { profile: 'far' })).toMatchObject({ region: 'AWS_DEFAULT_REGION' });
});

it('reads the address of each service', async () => {
  const config = `[default]
region = eu-west-1
services = ours
endpoint_url = http://127.0.0.1:1
[services ours]
eks =
  endpoint_url = http://127.0.0.1:2
sso_oidc =
  endpoint_url = http://127.0.0.1:3
`;
  const address = async (env: Environment = {}) => {
    const { endpointOf } = await read(env, {}, config);
    return (['sts', 'eks', 'iam', 'sso_oidc'] as const).map((service) => endpointOf(service)?.port);
  };
  expect(await address()).toEqual(['1', '2', '1', '3']);
  expect(await address({ AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:4' })).toEqual(['1', '2', '4', '3']);
  expect(await address({ AWS_ENDPOINT_URL: 'http://127.0.0.1:5' })).toEqual(['5', '5', '5', '5']);
  expect(await address({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })).toEqual(Array(4).fill(undefined));
});

it.each<[string, Environment, AwsPlace, readonly string[]]>([
  ['nothing', { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' }, {}, []],
  [
    'a profile, for the keys of the environment',
    { ...KEYS, AWS_PROFILE: 'staging' },
    {},
    ['AWS_PROFILE=staging is set and not used: the keys of the environment count before it'],
  ],
  [
    'the keys of the environment, for a profile that was named',
    KEYS,
    { profile: 'staging' },
    ['AWS_ACCESS_KEY_ID is set and not used: profile staging was named'],
  ],
  [
    'another profile than the named one',
    { AWS_PROFILE: 'far', AWS_DEFAULT_PROFILE: 'staging' },
    { profile: 'staging' },
    ['AWS_PROFILE=far is set and not used'],
  ],
  [
    'half a pair of keys',
    { AWS_ACCESS_KEY_ID: 'AKIDENV' },
    {},
    ['AWS_ACCESS_KEY_ID is set and not used: there is no AWS_SECRET_ACCESS_KEY'],
  ],
  [
    'regions that something stronger was said against',
    { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'us-east-1' },
    { region: 'ap-south-1' },
    ['AWS_REGION=eu-north-1 is set and not used', 'AWS_DEFAULT_REGION=us-east-1 is set and not used'],
  ],
])('tells as not used %s', async (_, env, place, ignored) => {
  expect((await read(env, place)).ignored).toEqual(ignored);
});
