import { expect, it } from 'vitest';
import { type Given, refusal, request } from '../requests.ts';

const ID = 'i-0123456789abcdef0';
const SSM = { via: 'ssm', instance: ID } as const;

it('has a default for everything but the instance', () => {
  expect(request({ args: { instance: ID } }).plan).toMatchObject({
    via: 'ssm',
    ssm: { instance: { id: ID }, channels: 1, client: 'native' },
  });
  expect(request({ args: { instance: ID } }).plan.gateway).toBeUndefined();
  expect(refusal({ args: { via: 'ssm' } })).toMatch(/^no instance for target staging.*\[no-instance\]$/);
});

it.each<[string, Given, object]>([
  [
    'an id of the inventory',
    { args: { ...SSM, instance: 'mi-0123456789abcdef0' } },
    { id: 'mi-0123456789abcdef0' },
  ],
  ['a task', { args: { ...SSM, instance: 'ecs:c_0a1b_0a1b-22' } }, { id: 'ecs:c_0a1b_0a1b-22' }],
  ['a name', { args: { ...SSM, instance: 'bastion a' } }, { name: 'bastion a' }],
  [
    'a tag',
    { args: { ...SSM, instance: 'tag:aws:cloudformation:stack-name=a=b' } },
    { tags: { 'aws:cloudformation:stack-name': 'a=b' } },
  ],
  ['--host for it', { args: { via: 'ssm', host: ID } }, { id: ID }],
  ['--instance before --host', { args: { ...SSM, host: 'b' } }, { id: ID }],
  ['a variable', { args: { via: 'ssm' }, variables: { HOTPASS_INSTANCE: 'b' } }, { name: 'b' }],
  [
    'a variable before the file',
    { variables: { HOTPASS_VIA: 'ssm', HOTPASS_INSTANCE: 'b' }, net: { ssm: { instance: ID } } },
    { name: 'b' },
  ],
  ['an instance of the file', { net: { via: 'ssm', ssm: { instance: ID } } }, { id: ID }],
  [
    'tags of the file',
    { net: { via: 'ssm', ssm: { tag: { Role: 'bastion', A: 'b' } } } },
    { tags: { Role: 'bastion', A: 'b' } },
  ],
  [
    'an instance where the original names the bastion',
    { args: { via: 'ssm' }, variables: { HOTPASS_BASTION_HOST: ID } },
    { id: ID },
  ],
  [
    'the file before that',
    { net: { via: 'ssm', ssm: { instance: 'b' } }, variables: { HOTPASS_BASTION_HOST: ID } },
    { name: 'b' },
  ],
])('takes %s', (_, given, instance) => {
  expect(request(given).plan.ssm?.instance).toEqual(instance);
});

it('does not take a bastion for an instance', () => {
  expect(refusal({ args: { via: 'ssm' }, variables: { HOTPASS_BASTION_HOST: 'b.internal' } })).toContain(
    '[no-instance]',
  );
});

const AWS = { profile: 'file', region: 'eu-west-3' };
const AMBIENT = { AWS_PROFILE: 'shell', AWS_REGION: 'eu-west-2' };
const HOTPASS = { HOTPASS_AWS_PROFILE: 'ours', HOTPASS_AWS_REGION: 'eu-west-4' };
const KEYS = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S' };

it.each<[string, Given, object]>([
  [
    'what was named',
    { args: { ...SSM, profile: 'p', region: 'eu-west-1' }, aws: AWS, variables: { ...AMBIENT, ...HOTPASS } },
    { profile: 'p', region: 'eu-west-1' },
  ],
  [
    'our variables',
    { args: SSM, aws: AWS, variables: { ...AMBIENT, ...HOTPASS } },
    { profile: 'ours', region: 'eu-west-4' },
  ],
  [
    'the file',
    { args: SSM, aws: AWS, variables: { ...AMBIENT, ...KEYS } },
    { profile: 'file', region: 'eu-west-3' },
  ],
  ['the shell', { args: SSM, variables: AMBIENT }, { profile: 'shell', region: 'eu-west-2' }],
  [
    'keys of the shell before its profile',
    { args: SSM, variables: { ...AMBIENT, ...KEYS } },
    { profile: undefined, region: 'eu-west-2' },
  ],
  ['nothing', { args: SSM }, { profile: undefined, region: undefined }],
])('takes profile and region of %s', (_, given, wanted) => {
  const { profile, region } = request(given).plan.ssm ?? {};
  expect({ profile, region }).toEqual(wanted);
});

it('takes the rest of flags before the file', () => {
  const ssm = { instance: ID, channels: 3, reason: 'file', client: 'plugin' } as const;
  expect(request({ net: { via: 'ssm', ssm } }).plan.ssm).toMatchObject({
    channels: 3,
    reason: 'file',
    client: 'plugin',
  });
  const args = { channels: 16, reason: 'ticket 4711', ssmClient: 'native' };
  expect(request({ args, net: { via: 'ssm', ssm } }).plan.ssm).toMatchObject({
    channels: 16,
    reason: 'ticket 4711',
    client: 'native',
  });
});

it.each<[Given, string]>([
  [
    { args: { ...SSM, instance: 'i-xyz' } },
    'instance "i-xyz" is not an id, a name or tag:KEY=VALUE  [instance-invalid]',
  ],
  [
    { args: { ...SSM, instance: 'ecs:task' } },
    'instance "ecs:task" is not an id, a name or tag:KEY=VALUE  [instance-invalid]',
  ],
  [
    { args: { ...SSM, instance: '' } },
    'instance "" is not an id, a name or tag:KEY=VALUE  [instance-invalid]',
  ],
  [
    { args: { ...SSM, instance: 'a\nb' } },
    'instance "a\\nb" is not an id, a name or tag:KEY=VALUE  [instance-invalid]',
  ],
  [
    { args: { ...SSM, instance: 'tag:=b' } },
    'instance "tag:=b" is not an id, a name or tag:KEY=VALUE  [instance-invalid]',
  ],
  [
    { net: { via: 'ssm', ssm: { tag: {} } } },
    'hotpass.yaml: net.ssm.tag: instance "" is not an id, a name or tag:KEY=VALUE  [instance-invalid]',
  ],
  [{ args: { ...SSM, channels: 0 } }, 'channels 0 is not a whole number from 1 to 16  [usage]'],
  [{ args: { ...SSM, channels: 1.5 } }, 'channels 1.5 is not a whole number from 1 to 16  [usage]'],
  [
    { args: { ...SSM, reason: 'a\u0007' } },
    'reason "a\\u0007" is not a line of 1 to 256 characters  [usage]',
  ],
  [
    { args: { ...SSM, reason: 'x'.repeat(257) } },
    `reason "${'x'.repeat(80)}" is not a line of 1 to 256 characters  [usage]`,
  ],
  [{ args: SSM, variables: { AWS_REGION: 'a.b' } }, 'AWS_REGION: region "a.b" is not one of AWS  [usage]'],
  [
    { args: SSM, aws: { profile: '-x' } },
    'hotpass.yaml: aws.profile: profile "-x" is not the name of an AWS profile  [usage]',
  ],
])('refuses %j', (given, message) => {
  expect(refusal(given)).toBe(message);
});

it('tells where each value is from', () => {
  const { chosen } = request({
    args: SSM,
    aws: AWS,
    variables: { AWS_REGION: 'x', HOTPASS_AWS_REGION: 'eu-west-4' },
  });
  const told = chosen.map(({ name, value, origin }) => `${name} ${value} (${origin})`);
  expect(told).toEqual(
    expect.arrayContaining([
      'via ssm (flag --via)',
      `instance ${ID} (flag --instance)`,
      'profile file (hotpass.yaml: aws.profile)',
      'region eu-west-4 (HOTPASS_AWS_REGION)',
      'channels 1 (default)',
    ]),
  );
});
