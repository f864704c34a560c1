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
    /^FAILED +endpoint +the endpoint of hotpass-staging is private.*\n.*\n +next +hotpass net up staging$/m,
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
  expect(told.join('\n')).toMatchInlineSnapshot();
  expect(await stage.records()).toEqual([]);
});
