import { startPrefect } from '../src/rehearsal/prefect.ts';
import { builtProgram, createSandbox, type Sandbox } from '../test/support/hotpass.ts';
import { timeRun } from './processes.ts';
import { inTurn, type Row, ratioRow } from './report.ts';

const ROUNDS = 15;
const SESSIONS = 20;

/** `net status` of twenty sessions against that of one. */
export async function benchLook(): Promise<Row[]> {
  const [many, one, prefect] = [await createSandbox(), await createSandbox(), await startPrefect({})];
  const open = async (sandbox: Sandbox, label: string) => {
    const up = ['net', 'up', '--via', 'direct', '--label', label];
    const ended = await sandbox.hotpass([...up, '--forward', `prefect=127.0.0.1:${prefect.port}`]);
    if (ended.code !== 0) throw new Error(ended.stderr);
  };
  const look = (sandbox: Sandbox) => () =>
    timeRun([process.execPath, builtProgram, 'net', 'status'], { cwd: sandbox.project, env: sandbox.env });
  try {
    await open(one, 'only');
    for (let number = 1; number <= SESSIONS; number += 1) await open(many, `s${number}`);
    return [
      ratioRow(
        `net status, ${SESSIONS} sessions / 1 session`,
        await inTurn(ROUNDS, look(many), look(one)),
        1.3,
      ),
    ];
  } finally {
    await many.hotpass(['net', 'down', '--all']);
    await one.hotpass(['net', 'down', '--all']);
    await prefect.close();
    await Promise.all([many.remove(), one.remove()]);
  }
}
