import { expect, it } from 'vitest';
import type { Aws, AwsPlace } from '../../../src/aws.ts';
import { HotpassError } from '../../../src/errors.ts';
import { main } from '../../../src/main.ts';
import { testSystem } from '../../support/system.ts';

const TOKEN = 'k8s-aws-v1.c2VjcmV0';
const expiresAt = new Date('2026-11-21T14:14:00.500Z');

/** AWS that signs for everyone, and tells what it was asked. */
function signingAws(asked: unknown[] = []): Aws {
  const account = async (place: AwsPlace) => ({
    ...unasked,
    makeClusterToken: async (cluster: string) => {
      asked.push({ cluster, ...place });
      return { token: TOKEN, expiresAt };
    },
  });
  return { ssm: () => Promise.reject(new Error('not asked')), account };
}

const notAsked = () => Promise.reject(new Error('not asked'));
const unasked = {
  region: { value: 'eu-west-1', origin: 'AWS_REGION' },
  profile: undefined,
  ignored: [],
  findCredentials: notAsked,
  getCallerIdentity: notAsked,
  describeCluster: notAsked,
  listAccessEntries: notAsked,
  describeAccessEntry: notAsked,
  getOidcProvider: notAsked,
  getRole: notAsked,
  clockOffsetMs: () => undefined,
};

async function run(
  line: string,
  { env = {}, aws = signingAws() }: { env?: Record<string, string>; aws?: Aws } = {},
) {
  const sys = testSystem({ env, aws });
  const code = await main(line.split(' '), sys);
  return { code, stdout: sys.stdout(), stderr: sys.stderr() };
}

it('prints one line, in the version that is asked for', async () => {
  const env = { KUBERNETES_EXEC_INFO: '{"apiVersion":"client.authentication.k8s.io/v1"}' };
  expect(await run('aws token --eks-cluster east', { env })).toEqual({
    code: 0,
    stdout: `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{},"status":{"expirationTimestamp":"2026-11-21T14:14:00Z","token":"${TOKEN}"}}\n`,
    stderr: '',
  });
});

it('signs as the flags say, by either name of the cluster', async () => {
  const asked: unknown[] = [];
  const role = 'arn:aws:iam::123456789012:role/DataOps';
  const flags = `--region eu-west-1 --profile staging --role-arn ${role}`;
  await run(`aws token --cluster-name east ${flags}`, { aws: signingAws(asked) });
  await run('aws token --cluster east', { aws: signingAws(asked) });
  expect(asked).toEqual([
    { cluster: 'east', region: 'eu-west-1', profile: 'staging', roleArn: role },
    { cluster: 'east' },
  ]);
});

it('warns of a question that it does not understand, and answers', async () => {
  const { code, stdout, stderr } = await run('aws token --eks-cluster east', {
    env: { KUBERNETES_EXEC_INFO: 'what?' },
  });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'warning: KUBERNETES_EXEC_INFO cannot be read; the answer is v1beta1\n',
  });
  expect(stdout).toContain('client.authentication.k8s.io/v1beta1');
});

it.each([
  ['aws token', 'no-cluster'],
  ['aws token --eks-cluster -x', 'usage'],
  ['aws token --eks-cluster=../east', 'usage'],
  ['aws token --eks-cluster east --region Europe', 'usage'],
  ['aws token --eks-cluster east --role-arn DataOps', 'usage'],
  ['aws token --eks-cluster east --target staging', 'usage'],
  ['aws token --eks-cluster east --config hotpass.yaml', 'usage'],
])('%s is refused with %s, and stdout is empty', async (line, errorCode) => {
  const { code, stdout, stderr } = await run(line);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`[${errorCode}]`);
});

it('tells what AWS says on stderr, and prints nothing', async () => {
  const expired = () => Promise.reject(new HotpassError('sso-expired', 'login of profile staging expired'));
  const aws: Aws = { ...signingAws(), account: expired };
  expect(await run('aws token --eks-cluster east', { aws })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'error: login of profile staging expired  [sso-expired]\n',
  });
});
