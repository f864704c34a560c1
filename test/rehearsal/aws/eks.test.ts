import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  paginateListAccessEntries,
} from '@aws-sdk/client-eks';
import { expect, it, onTestFinished } from 'vitest';
import type { RehearsedCluster } from '../../../src/rehearsal/aws/account.ts';
import { ACCOUNT, configOf, OPERATOR, openAccount, SSO_ROLE } from './aws-stage.ts';

const CLUSTER: RehearsedCluster = {
  name: 'hotpass-staging',
  version: '1.32',
  ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  isPublic: false,
  isPrivate: true,
  authenticationMode: 'API',
  healthIssues: [{ code: 'Ec2SubnetNotFound', message: 'a subnet is gone' }],
  accessEntries: [
    { principalArn: OPERATOR, groups: ['viewers'] },
    {
      principalArn: `arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/${SSO_ROLE}`,
      policies: [
        { arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', namespaces: ['hotpass'] },
        { arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy' },
      ],
    },
    {
      principalArn: 'arn:aws:iam::123456789012:role/nodes',
      type: 'EC2_LINUX',
      username: 'system:node:{{EC2PrivateDNSName}}',
    },
  ],
};
function clientOf(config: ReturnType<typeof configOf>) {
  const client = new EKSClient(config);
  onTestFinished(() => client.destroy());
  return client;
}

const ask = { clusterName: 'hotpass-staging' };

it('describes a cluster, with all that its address and access are', async () => {
  const { config } = await openAccount({ clusters: [CLUSTER] });
  const eks = clientOf(config);
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'hotpass-staging' }));
  expect(cluster).toMatchObject({
    arn: 'arn:aws:eks:eu-west-1:123456789012:cluster/hotpass-staging',
    status: 'ACTIVE',
    version: '1.32',
    endpoint: expect.stringMatching(/^https:\/\/[0-9A-F]{32}\.gr7\.eu-west-1\.eks\.amazonaws\.com$/),
    resourcesVpcConfig: { endpointPublicAccess: false, endpointPrivateAccess: true, publicAccessCidrs: [] },
    accessConfig: { authenticationMode: 'API' },
    health: { issues: CLUSTER.healthIssues },
    identity: { oidc: { issuer: expect.stringContaining('https://oidc.eks.eu-west-1.amazonaws.com/id/') } },
  });
  expect(Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64').toString()).toBe(CLUSTER.ca);
});

it('has no address for a cluster that is being made', async () => {
  const { aws, config } = await openAccount({ clusters: [CLUSTER] });
  const eks = clientOf(config);
  aws.setCluster({ ...CLUSTER, status: 'CREATING' });
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'hotpass-staging' }));
  expect(cluster).toMatchObject({ status: 'CREATING', certificateAuthority: {} });
  expect(cluster).not.toHaveProperty('endpoint');
  expect(cluster).not.toHaveProperty('identity');
});

it('keeps a cluster to its region and its account', async () => {
  const stranger = { accessKeyId: 'AKIDELSEWHERE', secretAccessKey: 'elsewhere' };
  const { aws, config } = await openAccount({
    callers: [...(ACCOUNT.callers ?? []), { ...stranger, arn: 'arn:aws:iam::999999999999:user/jane' }],
    clusters: [CLUSTER, { name: 'hotpass-us', region: 'us-east-1' }],
  });
  const eks = clientOf(config);
  const describe = new DescribeClusterCommand({ name: 'hotpass-staging' });
  const unknown = {
    name: 'ResourceNotFoundException',
    message: 'No cluster found for name: hotpass-staging.',
  };
  const inUs = clientOf(configOf(aws.url, {}, 'us-east-1'));
  expect((await eks.send(new ListClustersCommand())).clusters).toEqual(['hotpass-staging']);
  expect((await inUs.send(new ListClustersCommand())).clusters).toEqual(['hotpass-us']);
  await expect(inUs.send(describe)).rejects.toMatchObject({ ...unknown, $metadata: { httpStatusCode: 404 } });
  const elsewhere = clientOf(configOf(aws.url, stranger));
  expect((await elsewhere.send(new ListClustersCommand())).clusters).toEqual([]);
  await expect(elsewhere.send(describe)).rejects.toMatchObject(unknown);
});

it('lists access entries page by page, and what each may do', async () => {
  const { config } = await openAccount({ clusters: [CLUSTER] }, 2);
  const eks = clientOf(config);
  const pages: (readonly string[])[] = [];
  // The paginator writes into what it is given.
  for await (const { accessEntries } of paginateListAccessEntries({ client: eks }, { ...ask }))
    pages.push(accessEntries ?? []);
  expect(pages.map((one) => one.length)).toEqual([2, 1]);
  expect(pages.flat()).toEqual(CLUSTER.accessEntries?.map(({ principalArn }) => principalArn));
  const describe = async (principalArn = '') =>
    (await eks.send(new DescribeAccessEntryCommand({ ...ask, principalArn }))).accessEntry;
  const [user, role, nodes] = pages.flat();
  expect(await describe(user)).toMatchObject({
    username: OPERATOR,
    kubernetesGroups: ['viewers'],
    type: 'STANDARD',
  });
  expect(await describe(role)).toMatchObject({
    username: `arn:aws:sts::123456789012:assumed-role/${SSO_ROLE}/{{SessionName}}`,
  });
  expect(await describe(nodes)).toMatchObject({
    type: 'EC2_LINUX',
    username: 'system:node:{{EC2PrivateDNSName}}',
  });
  const { associatedAccessPolicies } = await eks.send(
    new ListAssociatedAccessPoliciesCommand({ ...ask, principalArn: role ?? '' }),
  );
  expect(associatedAccessPolicies?.map(({ accessScope }) => accessScope)).toEqual([
    { type: 'namespace', namespaces: ['hotpass'] },
    { type: 'cluster', namespaces: [] },
  ]);
});

it('has no access entry for others, and none at all where a config map says who may come', async () => {
  const { aws, config } = await openAccount({ clusters: [CLUSTER] });
  const eks = clientOf(config);
  const principalArn = 'arn:aws:iam::123456789012:role/Other';
  await expect(eks.send(new DescribeAccessEntryCommand({ ...ask, principalArn }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  aws.setCluster({ ...CLUSTER, authenticationMode: 'CONFIG_MAP' });
  await expect(eks.send(new ListAccessEntriesCommand(ask))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: expect.stringContaining('authentication mode must be set to one of [API, API_AND_CONFIG_MAP]'),
  });
});
