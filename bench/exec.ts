import { startPrefect } from '../src/rehearsal/prefect.ts';
import { builtProgram, createSandbox } from '../test/support/hotpass.ts';
import { timeRun } from './processes.ts';
import { inTurn, type Row, ratioRow } from './report.ts';

const ROUNDS = 31;

/** A command by `net exec` on a session that is up, against a node that does nothing. */
export async function benchExec(): Promise<Row[]> {
  const [sandbox, prefect] = [await createSandbox(), await startPrefect({})];
  const timed = { cwd: sandbox.project, env: sandbox.env };
  const exec = [process.execPath, builtProgram, 'net', 'exec', '--', 'true'] as const;
  try {
    const up = ['net', 'up', '--via', 'direct', '--forward', `prefect=127.0.0.1:${prefect.port}`];
    const opened = await sandbox.hotpass(up);
    if (opened.code !== 0) throw new Error(opened.stderr);
    const pairs = await inTurn(
      ROUNDS,
      () => timeRun([...exec], timed),
      () => timeRun([process.execPath, '-e', '0'], timed),
    );
    return [ratioRow('net exec -- true, session up / node -e 0', pairs, 1.7)];
  } finally {
    await sandbox.hotpass(['net', 'down', '--all']);
    await prefect.close();
    await sandbox.remove();
  }
}
