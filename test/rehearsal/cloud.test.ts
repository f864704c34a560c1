import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it, onTestFinished } from 'vitest';
import { createAccountApi } from '../../src/ops/aws/account-api.ts';
import { DEFAULT_CALLER } from '../../src/rehearsal/aws/account.ts';
import { NEVER } from '../../src/signals.ts';
import { FAR_CLUSTER, type FarCloud, startFarCloud } from '../support/far-cloud.ts';
import { ask } from './kube/cluster.ts';

const CLUSTER = FAR_CLUSTER.name;

/** Our own client, as the default caller or with other keys. */
function apiOf(cloud: FarCloud, more: Readonly<Record<string, string>> = {}) {
  return createAccountApi({ ...cloud.env(), HOME: '/nonexistent', ...more }, {});
}

async function statusFor(cloud: FarCloud, token: string) {
  return (await ask(cloud.kubernetes, '/version', { token })).status;
}

it('lets in whoever the account knows and an access entry names', async () => {
  const cloud = await startFarCloud();
  const { token } = await (await apiOf(cloud)).makeClusterToken(CLUSTER, NEVER);
  const { body } = await ask(cloud.kubernetes, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    token,
    body: {},
  });
  expect(body.status.userInfo).toMatchObject({
    username: DEFAULT_CALLER.arn,
    groups: ['dataops', 'system:authenticated'],
  });
});

it('lets in nobody with a wrong secret, a token of another cluster, or expired credentials', async () => {
  const cloud = await startFarCloud();
  const wrong = await (await apiOf(cloud, { AWS_SECRET_ACCESS_KEY: 'wrong' })).makeClusterToken(
    CLUSTER,
    NEVER,
  );
  const other = await (await apiOf(cloud)).makeClusterToken('other', NEVER);
  const right = await (await apiOf(cloud)).makeClusterToken(CLUSTER, NEVER);
  expect(await statusFor(cloud, wrong.token)).toBe(401);
  expect(await statusFor(cloud, other.token)).toBe(401);
  expect(await statusFor(cloud, right.token)).toBe(200);
  cloud.aws.setStanding(DEFAULT_CALLER.accessKeyId, 'expired');
  expect(await statusFor(cloud, right.token)).toBe(401);
});

it('says of the cluster what is played', async () => {
  const cloud = await startFarCloud({ kubernetes: { name: 'localhost' } });
  const { endpoint, ca, issuer } = await (await apiOf(cloud)).describeCluster(CLUSTER, NEVER);
  expect(endpoint?.href).toBe(`https://localhost:${cloud.kubernetes.port}/`);
  expect({ ca, issuer }).toEqual({ ca: cloud.kubernetes.ca, issuer: cloud.kubernetes.issuer });
});

it('changes the cluster for EKS and for itself', async () => {
  const cloud = await startFarCloud();
  const api = await apiOf(cloud);
  const { token } = await api.makeClusterToken(CLUSTER, NEVER);
  cloud.setCluster({ accessEntries: [], status: 'UPDATING' });
  expect(await statusFor(cloud, token)).toBe(401);
  expect(await api.listAccessEntries(CLUSTER, NEVER)).toEqual([]);
  expect(await api.describeCluster(CLUSTER, NEVER)).toMatchObject({
    status: 'UPDATING',
    issuer: cloud.kubernetes.issuer,
  });
});

it('gives keys of a role for a token of a service account', async () => {
  const cloud = await startFarCloud({
    account: ({ name }) => ({
      roles: [
        {
          name: 'etl',
          trustPolicy: {
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${name}` },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: { StringEquals: { [`${name}:sub`]: 'system:serviceaccount:hotpass:etl' } },
              },
            ],
          },
        },
      ],
    }),
    kubernetes: {
      rules: [
        { name: 'maker', groups: ['dataops'], verbs: ['create'], resources: ['serviceaccounts/token'] },
      ],
      objects: ['etl', 'other'].map((name) => ({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace: 'hotpass' },
      })),
    },
  });
  const sts = new STSClient({ region: 'eu-west-1', endpoint: cloud.aws.url, maxAttempts: 1 });
  onTestFinished(() => sts.destroy());
  const { token } = await (await apiOf(cloud)).makeClusterToken(CLUSTER, NEVER);
  const assumeAs = async (account: string) => {
    const path = `/api/v1/namespaces/hotpass/serviceaccounts/${account}/token`;
    const { body } = await ask(cloud.kubernetes, path, {
      token,
      body: { spec: { audiences: ['sts.amazonaws.com'] } },
    });
    return sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: 'arn:aws:iam::123456789012:role/etl',
        RoleSessionName: 'run',
        WebIdentityToken: body.status.token,
      }),
    );
  };
  const { AssumedRoleUser } = await assumeAs('etl');
  expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::123456789012:assumed-role/etl/run');
  await expect(assumeAs('other')).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('counts the answers that a client waited for one after the other, of both', async () => {
  const cloud = await startFarCloud();
  cloud.kubernetes.setDelay(200);
  const api = await apiOf(cloud);
  await api.getCallerIdentity(NEVER);
  await api.describeCluster(CLUSTER, NEVER);
  const { token } = await api.makeClusterToken(CLUSTER, NEVER);
  await Promise.all([statusFor(cloud, token), statusFor(cloud, token)]);
  expect(cloud.rounds()).toBe(3);
});
