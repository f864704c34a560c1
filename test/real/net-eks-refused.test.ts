import { expect, it } from 'vitest';
import { openEksStage } from './support/eks-stage.ts';
import { expectNothingWritten, tellRefusals } from './support/refusals.ts';

it('a forward to a cluster that cannot be looked up says why, and begins nothing', async (t) => {
  const stage = await openEksStage(t, 'localhost', {
    account: () => ({
      clusters: [
        { name: 'young', status: 'CREATING' },
        {
          name: 'broken',
          status: 'FAILED',
          healthIssues: [{ code: 'SubnetNotFound', message: 'subnet-1 does not exist' }],
        },
      ],
    }),
  });
  const direct = ['up', '--via', 'direct', '--forward', 'eks'];
  const told = await tellRefusals(stage, {
    'no cluster': direct,
    'no such name': [...direct, '--eks-cluster', 'a/b'],
    unknown: [...direct, '--eks-cluster', 'nowhere'],
    'another region': [...direct, '--eks-cluster', 'hotpass-staging', '--region', 'us-east-1'],
    'being made': [...direct, '--eks-cluster', 'young', '--dry-run'],
    failed: [...direct, '--cluster', 'broken', '--region', 'eu-west-1'],
    stranger: {
      args: [...direct, '--eks-cluster', 'hotpass-staging'],
      run: { env: { AWS_ACCESS_KEY_ID: 'AKIDSOMEBODY' } },
    },
    'no AWS': {
      args: [...direct, '--eks-cluster', 'hotpass-staging'],
      run: { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } },
    },
  });
  expect(told).toMatchInlineSnapshot(`
    "no cluster (exit 2)
    error: forward eks leads to no cluster of target staging  [no-cluster]
      next    --eks-cluster CLUSTER, or targets.staging.eks.cluster in hotpass.yaml
    no such name (exit 2)
    error: cluster "a/b" is not the name of an EKS cluster  [usage]
      next    for example --eks-cluster hotpass-staging
    unknown (exit 2)
    error: no cluster "nowhere" in account 123456789012, region eu-west-1; known: hotpass-staging, young, broken  [cluster-unknown]
      while   looking up where cluster nowhere is, for forward eks
      state   nothing was changed
      next    hotpass aws check --region REGION --eks-cluster nowhere
    another region (exit 2)
    error: no cluster "hotpass-staging" in account 123456789012, region us-east-1; there are none  [cluster-unknown]
      while   looking up where cluster hotpass-staging is, for forward eks
      state   nothing was changed
      next    hotpass aws check --region REGION --eks-cluster hotpass-staging
    being made (exit 1)
    error: cluster young is CREATING: no endpoint to forward to  [cluster-not-active]
      state   nothing was changed
      next    hotpass aws check staging --eks-cluster young --region eu-west-1
    failed (exit 1)
    error: cluster broken is FAILED: subnet-1 does not exist  [cluster-not-active]
      state   nothing was changed
      next    hotpass aws check staging --eks-cluster broken --region eu-west-1
    stranger (exit 1)
    error: AWS does not know the AWS keys of the environment: deleted, or of another partition  [access-denied]
      while   looking up where cluster hotpass-staging is, for forward eks
      state   nothing was changed
      next    put good keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    no AWS (exit 1)
    error: 127.0.0.1:9 refuses connections  [aws-unreachable]
      while   looking up where cluster hotpass-staging is, for forward eks
      state   nothing was changed
      next    is the VPN up? curl -sI http://127.0.0.1:9"
  `);
  stage.cloud.aws.setForbidden('eks:DescribeCluster', true);
  const denied = { denied: [...direct, '--eks-cluster', 'hotpass-staging'] };
  expect(await tellRefusals(stage, denied)).toMatchInlineSnapshot(`
    "denied (exit 1)
    error: eks:DescribeCluster is not allowed: User: arn:aws:iam::123456789012:user/operator is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:eu-west-1:123456789012:cluster/hotpass-staging because no identity-based policy allows the eks:DescribeCluster action  [access-denied]
      while   looking up where cluster hotpass-staging is, for forward eks
      state   nothing was changed
      next    ask for the permission eks:DescribeCluster; who you are: hotpass aws check"
  `);
  await expectNothingWritten(stage);
});
