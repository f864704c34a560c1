import { expect, it } from 'vitest';
import { checkLines } from '../real/support/check-lines.ts';
import { openEksStage } from '../real/support/eks-stage.ts';

const CHECK = ['aws', 'check', '--eks-cluster', 'hotpass-staging'];

it('goes through the tunnel to a cluster that is private, and says so where there is none', async (t) => {
  const stage = await openEksStage(t);
  stage.cloud.setCluster({ isPublic: false, isPrivate: true });
  const up = await stage.net(stage.up('--via', 'direct'));
  expect(up.code, up.stderr).toBe(0);
  const through = await stage.hotpass(CHECK);
  expect(through.code, through.stdout).toBe(0);
  expect(through.stdout).toMatch(
    new RegExp(
      `^ok +endpoint +through forward "eks" of staging, 127\\.0\\.0\\.1:${stage.port}, TLS name verified$`,
      'm',
    ),
  );
  expect((await stage.net(['down'])).code).toBe(0);
  stage.cloud.kubernetes.setAway(true);
  const alone = await stage.hotpass(CHECK);
  expect(alone.code).toBe(1);
  expect(checkLines(alone)).toMatch(
    /^FAILED +endpoint +the endpoint of hotpass-staging is private.*\n.*\n +next +hotpass net up staging --forward eks --eks-cluster hotpass-staging$/m,
  );
  expect(alone.stdout).toMatch(/\[eks-endpoint-private\] {3}\d+ ok, 1 failed, \d+ skipped\n$/);
});

it('says of each fault what it is and what to type, and changes nothing', async (t) => {
  const stage = await openEksStage(t);
  const { aws, kubernetes, setCluster } = stage.cloud;
  const told: string[] = [];
  const tell = async (
    name: string,
    args: readonly string[] = CHECK,
    env: Record<string, string> = {},
    timeout = '30s',
  ) => {
    const ended = await stage.hotpass([...args, '--timeout', timeout], { env });
    const lines = checkLines(ended).split('\n');
    const broken = lines.findIndex((line) => line.startsWith('FAILED') || line.startsWith('error: '));
    const end = lines.findIndex((line, index) => index > broken && !line.startsWith('  '));
    told.push(
      `${name} (exit ${ended.code})`,
      ...lines.slice(broken, end < 0 ? undefined : end),
      lines.at(-1) ?? '',
    );
  };
  await tell('unknown cluster', ['aws', 'check', '--eks-cluster', 'hotpass-stagin']);
  await tell('wrong region', [...CHECK, '--region', 'us-east-1']);
  await tell('no name of a cluster', ['aws', 'check', '--eks-cluster', '../x']);
  await tell('no region at all', [...CHECK, '--region', 'nowhere']);
  await tell('no profile', [...CHECK, '--profile', 'nobody']);
  await tell('unknown keys', CHECK, { AWS_ACCESS_KEY_ID: 'AKIDSOMEBODY' });
  await tell('wrong secret', CHECK, { AWS_SECRET_ACCESS_KEY: 'wrong' });
  await tell('no way to AWS', CHECK, { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
  setCluster({
    status: 'FAILED',
    healthIssues: [{ code: 'Ec2SubnetNotFound', message: 'subnet-1 is gone' }],
  });
  await tell('failed cluster');
  setCluster({ status: 'CREATING', healthIssues: [] });
  await tell('cluster being made');
  setCluster({ status: 'ACTIVE' });
  aws.setForbidden('eks:DescribeCluster', true);
  await tell('denied');
  aws.setForbidden('eks:DescribeCluster', false);
  aws.setHanging(true, 'eks');
  await tell('hanging EKS', CHECK, {}, '3s');
  aws.setHanging(false, 'eks');
  aws.throttle('sts', 20);
  await tell('throttled');
  aws.throttle('sts', 0);
  kubernetes.setCertificate('another-authority');
  await tell('untrusted');
  kubernetes.setCertificate(null);
  kubernetes.setStall('http');
  await tell('hanging Kubernetes', CHECK, {}, '3s');
  kubernetes.setStall(null);
  expect(told.join('\n')).toMatchInlineSnapshot(`
    "unknown cluster (exit 1)
    FAILED   cluster         no cluster "hotpass-stagin" in account 123456789012, region eu-west-1;
                             known: hotpass-staging
               next        hotpass aws check staging --region eu-west-1 --eks-cluster hotpass-staging
    error: the account and region have no EKS cluster of this name [cluster-unknown]   4 ok, 1 failed, 6 skipped
    wrong region (exit 1)
    FAILED   cluster         no cluster "hotpass-staging" in account 123456789012, region us-east-1;
                             there are none
               next        hotpass aws check staging --region REGION --eks-cluster hotpass-staging
    error: the account and region have no EKS cluster of this name [cluster-unknown]   4 ok, 1 failed, 6 skipped
    no name of a cluster (exit 2)
    error: cluster "../x" is not the name of an EKS cluster  [usage]
      next    for example --eks-cluster hotpass-staging
      next    for example --eks-cluster hotpass-staging
    no region at all (exit 2)
    error: region "nowhere" is not one of AWS  [usage]
      next    for example --region eu-west-1
      next    for example --region eu-west-1
    no profile (exit 2)
    error: the AWS config files have no profile "nobody"; there are none  [profile-unknown]
      next    aws configure sso --profile nobody
      next    aws configure sso --profile nobody
    unknown keys (exit 1)
    FAILED   identity        AWS does not know the AWS keys of the environment: deleted, or of another
                             partition
               try         put good keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    error: these AWS credentials may not do what is asked [access-denied]   2 ok, 1 failed, 8 skipped
    wrong secret (exit 1)
    FAILED   identity        AWS does not accept what the AWS keys of the environment sign: the secret
                             key is wrong, or the clock is off
               try         put good keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    error: these AWS credentials may not do what is asked [access-denied]   2 ok, 1 failed, 8 skipped
    no way to AWS (exit 1)
    FAILED   identity        127.0.0.1:9 refuses connections
               try         is the VPN up? curl -sI http://127.0.0.1:9
    error: the AWS service has no address, refuses or does not answer [aws-unreachable]   2 ok, 1 failed, 8 skipped
    failed cluster (exit 1)
    FAILED   cluster         hotpass-staging is FAILED
               health      Ec2SubnetNotFound: subnet-1 is gone
               next        aws eks describe-cluster --name hotpass-staging --region eu-west-1 --query cluster.health
    error: the EKS cluster is being made or deleted, or has failed [cluster-not-active]   6 ok, 1 failed, 4 skipped
    cluster being made (exit 1)
    FAILED   cluster         hotpass-staging is CREATING
               next        hotpass aws check staging --eks-cluster hotpass-staging
    error: the EKS cluster is being made or deleted, or has failed [cluster-not-active]   4 ok, 1 failed, 6 skipped
    denied (exit 1)
    FAILED   cluster         eks:DescribeCluster is not allowed: User:
                             arn:aws:iam::123456789012:user/operator is not authorized to perform:
                             eks:DescribeCluster on resource:
                             arn:aws:eks:eu-west-1:123456789012:cluster/hotpass-staging because no
                             identity-based policy allows the eks:DescribeCluster action
               try         ask for the permission eks:DescribeCluster; who you are: hotpass aws check
    error: these AWS credentials may not do what is asked [access-denied]   4 ok, 1 failed, 6 skipped
    hanging EKS (exit 1)
    FAILED   cluster         EKS did not answer within 3 s
               next        hotpass aws check staging --eks-cluster hotpass-staging --timeout 1m
    error: the AWS service has no address, refuses or does not answer [aws-unreachable]   4 ok, 1 failed, 6 skipped
    throttled (exit 1)
    FAILED   identity        127.0.0.1:PORT wants fewer calls (sts:GetCallerIdentity, Throttling)
               try         wait a minute and try again
    error: the AWS service wants fewer calls [aws-throttled]   6 ok, 1 failed, 4 skipped
    untrusted (exit 1)
    FAILED   endpoint        localhost:PORT shows a certificate that is not of the cluster's authority
                             (UNABLE_TO_VERIFY_LEAF_SIGNATURE)
               shown       localhost
               issued by   kubernetes
               names       DNS:localhost, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc
               next        aws eks describe-cluster --name hotpass-staging --region eu-west-1 --query cluster.endpoint
    error: the API endpoint shows a certificate that is not of the cluster [eks-tls-untrusted]   6 ok, 1 failed, 4 skipped
    hanging Kubernetes (exit 1)
    FAILED   token           Kubernetes did not answer within 3 s
               next        hotpass aws check staging --eks-cluster hotpass-staging --timeout 1m
    error: the API endpoint of the cluster has no address, refuses or does not answer [eks-unreachable]   7 ok, 1 failed, 3 skipped"
  `);
  expect(await stage.records()).toEqual([]);
});
