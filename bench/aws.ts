import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { startAws } from '../src/rehearsal/aws/index.ts';
import { builtProgram, createSandbox } from '../test/support/hotpass.ts';
import { realPath } from '../test/support/real.ts';
import { timeRun } from './processes.ts';
import { inTurn, type Row, ratioRow } from './report.ts';

const ROUNDS = 11;
const CLUSTER = 'hotpass-staging';

/** Who one is and what a cluster is, against the two commands of the AWS CLI that ask the same. */
export async function benchAws(): Promise<Row[]> {
  const sandbox = await createSandbox();
  // One that is still being made has no endpoint: AWS alone is asked, beside these two for access entries.
  const aws = await startAws({ account: { clusters: [{ name: CLUSTER, status: 'CREATING' }] } });
  const timed = {
    cwd: sandbox.project,
    env: {
      ...sandbox.env,
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
      AWS_SECRET_ACCESS_KEY: 'rehearsed-and-good-nowhere-else',
    },
  };
  const cli = realPath('aws');
  const theirs = async () =>
    (await timeRun([cli, 'sts', 'get-caller-identity'], timed)) +
    (await timeRun([cli, 'eks', 'describe-cluster', '--name', CLUSTER], timed));
  const ours = async () => {
    const before = aws.calls().length;
    const started = performance.now();
    const argv = [builtProgram, 'aws', 'check', '--eks-cluster', CLUSTER, '--json'];
    await once(spawn(process.execPath, argv, { stdio: 'ignore', ...timed }), 'exit');
    const took = performance.now() - started;
    const good = aws
      .calls()
      .slice(before)
      .filter(({ status }) => status === 200);
    for (const action of ['GetCallerIdentity', 'DescribeCluster'])
      if (!good.some((call) => call.action === action)) throw new Error(`no answer to ${action}`);
    return took;
  };
  try {
    const pairs = await inTurn(ROUNDS, ours, theirs);
    return [ratioRow('aws check, identity and cluster / the two of the AWS CLI', pairs, 0.25)];
  } finally {
    await aws.close();
    await sandbox.remove();
  }
}
