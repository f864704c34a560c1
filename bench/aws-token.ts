import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtProgram, createSandbox } from '../test/support/hotpass.ts';
import { realPath } from '../test/support/real.ts';
import { timeRun } from './processes.ts';
import { inTurn, type Row, ratioRow } from './report.ts';

const WARM_ROUNDS = 31;
const COLD_ROUNDS = 11;

/** A token that was kept against a node that does nothing; one that was not against the AWS CLI's. */
export async function benchAwsToken(): Promise<Row[]> {
  const aws = realPath('aws');
  const sandbox = await createSandbox();
  await mkdir(join(sandbox.home, '.aws'));
  await writeFile(join(sandbox.home, '.aws/config'), '[profile staging]\nregion = eu-west-1\n');
  const keys = '[staging]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n';
  await writeFile(join(sandbox.home, '.aws/credentials'), keys);
  const timed = { cwd: sandbox.project, env: sandbox.env };
  const profile = ['--profile', 'staging'];
  const ours = (cluster: string) =>
    timeRun([process.execPath, builtProgram, 'aws', 'token', '--eks-cluster', cluster, ...profile], timed);
  const bare = () => timeRun([process.execPath, '-e', '0'], timed);
  let count = 0;
  const cold = () => {
    count += 1;
    return ours(`east-${count}`);
  };
  const theirs = () => timeRun([aws, 'eks', 'get-token', '--cluster-name', 'east', ...profile], timed);
  try {
    return [
      ratioRow('aws token, kept / node -e 0', await inTurn(WARM_ROUNDS, () => ours('east'), bare), 1.5),
      ratioRow('aws token, new / aws eks get-token', await inTurn(COLD_ROUNDS, cold, theirs), 0.3),
    ];
  } finally {
    await sandbox.remove();
  }
}
