import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CALLER, type RehearsedAccount } from '../../src/rehearsal/aws/account.ts';
import { type FarAws, startFarAws } from '../support/aws-far-side.ts';
import { describeReal, realPath } from '../support/real.ts';

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${ISSUER}`;
const OPERATOR = 'arn:aws:iam::123456789012:user/operator';
const SSO_ROLE = 'AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b';
const START_URL = 'https://acme.awsapps.com/start';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ACCOUNT: RehearsedAccount = {
  roles: [
    { name: 'DataOps' },
    { name: SSO_ROLE },
    {
      name: 'worker',
      trustPolicy: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: PROVIDER },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: { StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:hotpass:worker' } },
          },
        ],
      },
    },
  ],
  clusters: [
    {
      name: 'hotpass-staging',
      accessEntries: Array.from({ length: 5 }, (_, index) => ({
        principalArn: `arn:aws:iam::123456789012:role/team-${index}`,
      })),
    },
  ],
  oidcProviders: [{ url: ISSUER, keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1' }] }],
  sso: {
    startUrl: START_URL,
    user: 'jane',
    assignments: [{ account: '123456789012', permissionSet: 'DataOps' }],
    accessTokens: ['an-access-token'],
  },
};

// What AWS's own command takes for its services is good enough to prove ours on.
describeReal('the AWS CLI at a played account', ['aws'], () => {
  let far: FarAws;
  let home: string;

  beforeEach(async () => {
    far = await startFarAws({ account: ACCOUNT, pageSize: 2 });
    home = await mkdtemp(join(tmpdir(), 'hpw-'));
    onTestFinished(() => rm(home, { recursive: true }));
  });

  /** Runs it in a home of its own; `env` comes in the place of the operator's keys. */
  async function aws(line: string, env: Readonly<Record<string, string>> = far.env()) {
    const { stdout, stderr, exitCode } = await execa(realPath('aws'), line.split(' '), {
      env: {
        PATH: '/usr/bin:/bin',
        HOME: home,
        AWS_ENDPOINT_URL: far.url,
        AWS_DEFAULT_REGION: 'eu-west-1',
        AWS_MAX_ATTEMPTS: '1',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_DEFAULT_OUTPUT: 'json',
        ...env,
      },
      extendEnv: false,
      reject: false,
      timeout: 60_000,
    });
    return { said: stdout === '' ? undefined : JSON.parse(stdout), stderr, exitCode };
  }

  it('reads who somebody is, a cluster, its entries page by page, a role and a provider', async () => {
    expect((await aws('sts get-caller-identity')).said).toMatchObject({ Arn: OPERATOR });
    expect((await aws('eks describe-cluster --name hotpass-staging')).said.cluster).toMatchObject({
      status: 'ACTIVE',
      accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
    });
    const { said } = await aws('eks list-access-entries --cluster-name hotpass-staging');
    expect(said.accessEntries).toHaveLength(5);
    const entry = '--cluster-name hotpass-staging --principal-arn arn:aws:iam::123456789012:role/team-4';
    expect((await aws(`eks describe-access-entry ${entry}`)).said.accessEntry).toMatchObject({
      username: 'arn:aws:sts::123456789012:assumed-role/team-4/{{SessionName}}',
    });
    expect((await aws(`eks list-associated-access-policies ${entry}`)).said).toMatchObject({
      associatedAccessPolicies: [],
    });
    expect((await aws('iam get-role --role-name worker')).said.Role.AssumeRolePolicyDocument).toEqual(
      ACCOUNT.roles?.[2]?.trustPolicy,
    );
    expect(
      (await aws(`iam get-open-id-connect-provider --open-id-connect-provider-arn ${PROVIDER}`)).said,
    ).toMatchObject({ Url: ISSUER, ClientIDList: ['sts.amazonaws.com'] });
    expect((await aws('ssm describe-sessions --state Active')).said).toEqual({ Sessions: [] });
    expect(far.calls().filter(({ status }) => status !== 200)).toEqual([]);
    expect(far.calls().filter(({ action }) => action === 'ListAccessEntries')).toHaveLength(3);
  });

  it('takes on a role: by its keys, by the token of a service account, by a login', async () => {
    const assumed = (await aws(`sts assume-role --role-arn ${roleArn('DataOps')} --role-session-name jane`))
      .said;
    expect(assumed.AssumedRoleUser.Arn).toBe('arn:aws:sts::123456789012:assumed-role/DataOps/jane');

    await writeFile(join(home, 'token'), serviceToken());
    const worker = {
      AWS_ROLE_ARN: roleArn('worker'),
      AWS_ROLE_SESSION_NAME: 'worker-1',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'token'),
    };
    expect((await aws('sts get-caller-identity', worker)).said.Arn).toBe(
      'arn:aws:sts::123456789012:assumed-role/worker/worker-1',
    );

    await mkdir(join(home, '.aws/sso/cache'), { recursive: true });
    const hash = createHash('sha1').update(START_URL).digest('hex');
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
    await writeFile(
      join(home, `.aws/sso/cache/${hash}.json`),
      JSON.stringify({ startUrl: START_URL, region: 'eu-west-1', accessToken: 'an-access-token', expiresAt }),
    );
    await writeFile(
      join(home, '.aws/config'),
      `[profile jane]\nsso_start_url=${START_URL}\nsso_region=eu-west-1\nsso_account_id=123456789012\nsso_role_name=DataOps\n`,
    );
    const asJane = () => aws('sts get-caller-identity', { AWS_PROFILE: 'jane' });
    expect((await asJane()).said.Arn).toBe(`arn:aws:sts::123456789012:assumed-role/${SSO_ROLE}/jane`);
    await rm(join(home, '.aws/cli'), { recursive: true, force: true });
    far.endLogins();
    expect((await asJane()).stderr).toMatch(/SSO session .* expired or is otherwise invalid/);
  });

  it('refuses in words that the CLI takes for those of AWS', async () => {
    const refused = async (line: string, env?: Readonly<Record<string, string>>) =>
      (await aws(line, env)).stderr.trim();
    const { accessKeyId } = DEFAULT_CALLER;
    expect(
      await refused('sts get-caller-identity', { ...far.env(), AWS_SECRET_ACCESS_KEY: 'wrong' }),
    ).toContain(
      '(SignatureDoesNotMatch) when calling the GetCallerIdentity operation: The request signature we calculated',
    );
    expect(await refused('eks describe-cluster --name none')).toContain(
      '(ResourceNotFoundException) when calling the DescribeCluster operation: No cluster found for name: none.',
    );
    expect(await refused('iam get-role --role-name none')).toContain(
      '(NoSuchEntity) when calling the GetRole operation: The role with name none cannot be found.',
    );
    far.setStanding(accessKeyId, 'expired');
    expect(await refused('eks list-clusters')).toContain(
      '(ExpiredTokenException) when calling the ListClusters',
    );
    far.setStanding(accessKeyId, 'forbidden');
    expect(await refused('eks list-clusters')).toContain(
      '(AccessDeniedException) when calling the ListClusters',
    );
    far.setStanding(accessKeyId, 'good');
    far.throttle('sts', 9);
    expect(await refused('sts get-caller-identity')).toContain('(Throttling) when calling');
    far.throttle('sts', 0);
    far.shiftClock(600_000);
    expect(await refused('sts get-caller-identity')).toMatch(
      /\(SignatureDoesNotMatch\) when calling .*Signature expired: \w+ is now earlier than \w+ \(\w+ - 5 min\.\)/,
    );
    expect(await refused('eks list-clusters')).toContain('(InvalidSignatureException) when calling');
  });

  it('makes a token for a cluster, of which the account knows who signed it', async () => {
    const { said } = await aws('eks get-token --cluster-name hotpass-staging');
    const url = Buffer.from(said.status.token.replace('k8s-aws-v1.', ''), 'base64url').toString('utf8');
    expect(far.whoSigned(url, { 'x-k8s-aws-id': 'hotpass-staging' })).toMatchObject({ arn: OPERATOR });
    expect(far.whoSigned(url, { 'x-k8s-aws-id': 'another' })).toBeUndefined();
  });
});

function roleArn(name: string): string {
  return `arn:aws:iam::123456789012:role/${name}`;
}

function serviceToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: `https://${ISSUER}`,
    sub: 'system:serviceaccount:hotpass:worker',
    aud: ['sts.amazonaws.com'],
    exp: Math.floor(Date.now() / 1000) + 600,
  };
  const text = `${part({ alg: 'RS256', kid: 'key-1' })}.${part(claims)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}
