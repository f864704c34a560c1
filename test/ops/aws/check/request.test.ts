import { expect, it } from 'vitest';
import { createChoices } from '../../../../src/config/choose.ts';
import { type CheckArgs, requestCheck } from '../../../../src/ops/aws/check/request.ts';
import { createMachine } from '../../../config/support.ts';

const CONFIG = `version: 1
targets:
  staging:
    aws:
      profile: of-file
      region: eu-west-1
      roleArn: arn:aws:iam::123456789012:role/Night
      roles: ["*DataOps*"]
      oidc: [{ role: Worker, serviceAccount: hotpass/worker }]
    eks: { cluster: of-file, clusters: ["hotpass-*"], namespace: hotpass, context: ctx, permissions: [get pods] }
    arc: { owner: acme, repository: data }
`;

async function request(args: CheckArgs = {}, env = {}, text = CONFIG) {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', text);
  const choices = createChoices();
  return { wish: requestCheck(args, await machine.load({ env }), choices), chosen: choices.chosen };
}

it('takes all that hotpass.yaml says', async () => {
  const { wish } = await request({ verifyOidc: true });
  expect(wish).toMatchObject({
    target: 'staging',
    place: { profile: 'of-file', region: 'eu-west-1', roleArn: 'arn:aws:iam::123456789012:role/Night' },
    flags: [],
    hasForward: false,
    allowed: { roles: ['*DataOps*'], clusters: ['of-file', 'hotpass-*'] },
    cluster: 'of-file',
    namespace: 'hotpass',
    context: 'ctx',
    permissions: ['get pods'],
    oidc: { roles: [{ role: 'Worker' }] },
    timeoutMs: 10_000,
  });
});

it('takes a variable before the file, and a flag before both', async () => {
  const env = {
    HOTPASS_AWS_PROFILE: 'of-env',
    HOTPASS_EKS_CLUSTER: 'of-env',
    AWS_REGION: 'us-east-1',
    KUBECONFIG: '/a',
  };
  const { wish, chosen } = await request({ eksCluster: 'of-flag', kubeconfig: '/b' }, env);
  expect(wish).toMatchObject({
    place: { profile: 'of-env', region: 'eu-west-1' },
    cluster: 'of-flag',
    kubeconfig: '/b',
    flags: ['--eks-cluster', 'of-flag'],
  });
  expect(chosen).toContainEqual({ name: 'profile', value: 'of-env', origin: 'HOTPASS_AWS_PROFILE' });
  expect(wish.place.origins).toMatchObject({
    profile: 'HOTPASS_AWS_PROFILE',
    region: expect.stringMatching(/:6:/),
  });
});

it('needs no file', async () => {
  const { wish } = await request({}, { AWS_PROFILE: 'p' }, 'version: 1\n');
  expect(wish).toMatchObject({
    place: { profile: 'p' },
    cluster: undefined,
    permissions: [],
    oidc: undefined,
  });
});

it.each([
  ['cluster', { eksCluster: '../x' }, {}, /^cluster "\.\.\/x" is not the name of an EKS cluster$/],
  ['cluster of a variable', {}, { HOTPASS_EKS_CLUSTER: 'a b' }, /^HOTPASS_EKS_CLUSTER: cluster "a b" is not/],
  ['region', { region: 'EU' }, {}, /^region "EU" is not one of AWS$/],
  ['profile', { profile: '-x' }, {}, /^profile "-x" is not the name of an AWS profile$/],
  ['role', { roleArn: 'DataOps' }, {}, /^role "DataOps" is not the ARN of one$/],
  ['namespace', { namespace: 'A' }, {}, /^namespace "A" is not one of Kubernetes$/],
  [
    'service account',
    { verifyOidc: true, serviceAccount: 'a/b/c' },
    {},
    /^service account "a\/b\/c" is not NAMESPACE\/NAME$/,
  ],
  ['service account alone', { serviceAccount: 'a/b' }, {}, /^--service-account says whose role/],
  ['time', { timeout: 0 }, {}, /^--timeout 0ms leaves no time$/],
])('refuses a %s that is none', async (_, args, env, message) => {
  await expect(request(args, env)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(message),
    hint: expect.any(String),
  });
});

it('takes the namespace for a service account that names none, and wants one', async () => {
  const ask = (args: CheckArgs, text?: string) =>
    request({ verifyOidc: true, serviceAccount: 'worker', ...args }, {}, text);
  expect((await ask({ namespace: 'jobs' })).wish.oidc?.serviceAccount).toEqual('jobs/worker');
  expect((await ask({})).wish.oidc?.serviceAccount).toEqual('hotpass/worker');
  await expect(ask({}, 'version: 1\n')).rejects.toMatchObject({ code: 'usage' });
});
