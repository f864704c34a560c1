import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountApi, AwsPlace } from '../../src/aws.ts';
import { createAccountApi } from '../../src/ops/aws/account-api.ts';
import { NEVER } from '../../src/signals.ts';
import { type Moto, startMoto } from '../support/moto.ts';
import { describeReal } from '../support/real.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/data/DataOps`;
const OTHER_ROLE = `arn:aws:iam::${ACCOUNT}:role/Billing`;
const CLUSTER = 'hotpass-staging';
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF';
const TRUST = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/ann` }, Action: 'sts:AssumeRole' },
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/ann` },
      Action: 'sts:TagSession',
      Condition: { StringLike: { 'aws:RequestTag/why': 'a+b, 100% *' } },
    },
  ],
};
/** All but IAM's reading of roles. */
const MAY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['eks:*', 'iam:GetOpenIDConnectProvider', 'iam:ListOpenIDConnectProviders', 'sts:*'],
      Resource: '*',
    },
  ],
};

describeReal('the account, as moto has it', ['moto_server'], () => {
  let moto: Moto;
  let keys: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  beforeAll(async () => {
    moto = await startMoto();
    keys = await seed(moto.url);
    await moto.obeyPolicies();
  });
  afterAll(() => moto?.stop());

  const open = (place: AwsPlace = {}, more: object = {}): Promise<AccountApi> =>
    createAccountApi(
      { ...keys, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: moto.url, HOME: '/nonexistent', ...more },
      place,
    );

  it('says who one is', async () => {
    const api = await open();
    expect(await api.getCallerIdentity(NEVER)).toMatchObject({
      account: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
    });
    expect(api.clockOffsetMs()).toBeGreaterThan(-5_000);
    expect(api.clockOffsetMs()).toBeLessThan(5_000);
  });

  it('describes a cluster', async () => {
    const cluster = await (await open()).describeCluster(CLUSTER, NEVER);
    expect(cluster).toMatchObject({
      name: CLUSTER,
      arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/${CLUSTER}`,
      status: 'ACTIVE',
      version: '1.33',
      issuer: expect.stringMatching(/^https:\/\//),
      healthIssues: [],
    });
    expect(cluster.endpoint?.protocol).toBe('https:');
    expect(cluster.ca).toBeTruthy();
  });

  it('names account, region and the clusters that there are, of one that is not there', async () => {
    await expect((await open()).describeCluster('hotpas-staging', NEVER)).rejects.toMatchObject({
      code: 'cluster-unknown',
      message: `no cluster "hotpas-staging" in account ${ACCOUNT}, region eu-west-1; known: ${CLUSTER}`,
      hint: `hotpass aws check --region eu-west-1 --eks-cluster ${CLUSTER}`,
    });
    await expect((await open({ region: 'us-east-1' })).describeCluster(CLUSTER, NEVER)).rejects.toMatchObject(
      {
        message: `no cluster "${CLUSTER}" in account ${ACCOUNT}, region us-east-1; there are none`,
      },
    );
  });

  it('reads an OIDC provider, and gives nothing for one that is not there', async () => {
    const api = await open();
    const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`;
    expect(await api.getOidcProvider(arn, NEVER)).toEqual({
      arn,
      url: ISSUER,
      audiences: ['sts.amazonaws.com'],
    });
    expect(await api.getOidcProvider(`${arn}0`, NEVER)).toBeUndefined();
  });

  it('takes on a role, and reads a role with its trust policy', async () => {
    const api = await open({ roleArn: ROLE }, { USER: 'ann lee' });
    expect(await api.getCallerIdentity(NEVER)).toMatchObject({
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/DataOps/hotpass-ann-lee`,
    });
    expect(await api.findCredentials(NEVER)).toMatchObject({
      provider: 'assumed-role',
      expiresAt: expect.any(Date),
    });
    const role = await api.getRole('DataOps', NEVER);
    expect(role).toMatchObject({ arn: ROLE, name: 'DataOps' });
    expect(JSON.parse(role?.trustPolicy ?? '')).toEqual(TRUST);
    expect(await api.getRole('DataOp', NEVER)).toBeUndefined();
  });

  it('says in the words of the service that a role is refused', async () => {
    const api = await open({ roleArn: OTHER_ROLE });
    const refused = {
      code: 'role-refused',
      message: `AWS refuses the role ${OTHER_ROLE}: User: arn:aws:iam::${ACCOUNT}:user/ann is not authorized to perform: sts:AssumeRole`,
    };
    await expect(api.findCredentials(NEVER)).rejects.toMatchObject(refused);
    await expect(api.getCallerIdentity(NEVER)).rejects.toMatchObject(refused);
  });

  it('says what the caller may not do, in the words of the service', async () => {
    await expect((await open()).getRole('DataOps', NEVER)).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/^iam:GetRole is not allowed: User: .*user\/ann is not authorized/),
      details: { action: 'iam:GetRole' },
    });
  });

  it('tells a wrong secret from a key that nobody knows', async () => {
    const wrong = await open({}, { AWS_SECRET_ACCESS_KEY: 'wrong' });
    await expect(wrong.getCallerIdentity(NEVER)).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringContaining('the secret key is wrong'),
    });
    const unknown = await open({}, { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN' });
    await expect(unknown.getCallerIdentity(NEVER)).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/^AWS does not know the AWS keys of the environment/),
    });
  });
});

/** Fills the account, and gives the keys of its one user. */
async function seed(endpoint: string) {
  const config = {
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIASEED', secretAccessKey: 'seed' },
  };
  const iam = new IAMClient(config);
  const eks = new EKSClient(config);
  const UserName = 'ann';
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const allow = async (PolicyName: string, policy: object) => {
    const input = { PolicyName, PolicyDocument: JSON.stringify(policy) };
    return (await iam.send(new CreatePolicyCommand(input))).Policy?.Arn;
  };
  const all = { Effect: 'Allow', Action: '*', Resource: '*' };
  const [may, mayAll] = [
    await allow('May', MAY),
    await allow('All', { Version: '2012-10-17', Statement: [all] }),
  ];
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: may }));
  const createRole = (RoleName: string, Path: string, trust: object) =>
    iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  await createRole('DataOps', '/data/', TRUST);
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:user/bob` };
  await createRole('Billing', '/', { ...TRUST, Statement: [{ ...TRUST.Statement[0], Principal }] });
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'DataOps', PolicyArn: mayAll }));
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${ISSUER}`,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['0'.repeat(40)],
    }),
  );
  await eks.send(
    new CreateClusterCommand({
      name: CLUSTER,
      version: '1.33',
      roleArn: `arn:aws:iam::${ACCOUNT}:role/eks`,
      resourcesVpcConfig: {},
    }),
  );
  return {
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
  };
}
