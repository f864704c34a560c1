import {
  CreateClusterCommand,
  DescribeClusterCommand,
  EKSClient,
  ListClustersCommand,
} from '@aws-sdk/client-eks';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_CALLER } from '../../src/rehearsal/aws/account.ts';
import { type RehearsedAws, startAws } from '../../src/rehearsal/aws/index.ts';
import { type Moto, startMoto } from '../support/moto.ts';
import { describeReal } from '../support/real.ts';

const ACCOUNT = '123456789012';
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/data/DataOps`;
const TRUST = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' },
  ],
};
const cluster = { name: 'hotpass-staging' };

// Two who know AWS, and neither from the other.
describeReal('a played account beside moto', ['moto_server'], () => {
  let moto: Moto;
  let aws: RehearsedAws;
  let theirs: Clients;
  let ours: Clients;

  beforeAll(async () => {
    moto = await startMoto();
    aws = await startAws({
      account: {
        roles: [{ name: 'DataOps', path: '/data/', trustPolicy: TRUST }],
        clusters: [{ ...cluster, ca: 'a certificate' }],
        oidcProviders: [{ url: ISSUER }],
      },
    });
    [theirs, ours] = [clientsOf(moto.url), clientsOf(aws.url)];
    await seed(theirs);
  });
  afterAll(async () => {
    theirs?.destroy();
    ours?.destroy();
    await aws?.close();
    await moto?.stop();
  });

  it.each<[string, (clients: Clients) => Promise<object>]>([
    ['who somebody is', ({ sts }) => sts.send(new GetCallerIdentityCommand())],
    [
      'keys of a role',
      ({ sts }) => sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'jane' })),
    ],
    ['clusters', ({ eks }) => eks.send(new ListClustersCommand())],
    ['a cluster', ({ eks }) => eks.send(new DescribeClusterCommand(cluster))],
    ['a role', ({ iam }) => iam.send(new GetRoleCommand({ RoleName: 'DataOps' }))],
    ['OIDC providers', ({ iam }) => iam.send(new ListOpenIDConnectProvidersCommand())],
    [
      'an OIDC provider',
      ({ iam }) => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: PROVIDER })),
    ],
  ])('gives %s in the same form', async (_, ask) => {
    const [said, expected] = await Promise.all([ask(ours), ask(theirs)]);
    expect(shape(said)).toMatchObject(shape(expected));
  });

  it.each<[string, (clients: Clients) => Promise<object>]>([
    ['a cluster', ({ eks }) => eks.send(new DescribeClusterCommand({ name: 'none' }))],
    ['a role', ({ iam }) => iam.send(new GetRoleCommand({ RoleName: 'none' }))],
    [
      'an OIDC provider',
      ({ iam }) =>
        iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: `${PROVIDER}0` })),
    ],
  ])('refuses %s that is not there in the same way', async (_, ask) => {
    const refused = async (clients: Clients) => {
      const thrown = await ask(clients).then(
        () => undefined,
        (error: unknown) => error,
      );
      const { name, $metadata } = Object(thrown);
      return { name, status: $metadata?.httpStatusCode };
    };
    expect(await refused(ours)).toEqual(await refused(theirs));
  });
});

type Clients = ReturnType<typeof clientsOf>;

function clientsOf(endpoint: string) {
  const { accessKeyId, secretAccessKey } = DEFAULT_CALLER;
  const config = { endpoint, region: 'eu-west-1', credentials: { accessKeyId, secretAccessKey } };
  const [sts, eks, iam] = [new STSClient(config), new EKSClient(config), new IAMClient(config)];
  return {
    sts,
    eks,
    iam,
    destroy() {
      for (const client of [sts, eks, iam]) client.destroy();
    },
  };
}

async function seed({ eks, iam }: Clients): Promise<void> {
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'DataOps',
      Path: '/data/',
      AssumeRolePolicyDocument: JSON.stringify(TRUST),
    }),
  );
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${ISSUER}`,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
    }),
  );
  await eks.send(
    new CreateClusterCommand({
      ...cluster,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/cluster`,
      resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
      accessConfig: { authenticationMode: 'API' },
    }),
  );
}

/** What moto says besides, and nobody asks for. */
const BESIDE = new Set([
  'PackedPolicySize',
  'RoleLastUsed',
  'Tags',
  'clientRequestToken',
  'encryptionConfig',
]);

/** Gives what kind of thing stands where. */
function shape(value: object): object;
function shape(value: unknown): unknown;
function shape(value: unknown): unknown {
  if (value instanceof Date) return 'date';
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  const entries = Object.entries(value).filter(
    ([name, one]) => !name.startsWith('$') && !BESIDE.has(name) && one !== undefined,
  );
  return Object.fromEntries(entries.map(([name, one]) => [name, shape(one)]));
}
