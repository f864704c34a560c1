import { startPrefect } from '../src/rehearsal/prefect.ts';
import { builtProgram, createSandbox } from '../test/support/hotpass.ts';
import { timeRun } from './processes.ts';
import { inTurn, type Row, ratioRow } from './report.ts';

const ROUNDS = 21;

/** How long the program takes to answer, against a node that does nothing. */
export async function benchStart(): Promise<Row[]> {
  const sandbox = await createSandbox();
  const prefect = await startPrefect({});
  // The same environment on both sides: NODE_EXTRA_CA_CERTS alone, say, costs any node of this version 65 ms.
  const bare = () => timeRun([process.execPath, '-e', '0'], { cwd: sandbox.project, env: sandbox.env });
  const ours =
    (...args: string[]) =>
    () =>
      timeRun([process.execPath, builtProgram, ...args], { cwd: sandbox.project, env: sandbox.env });
  try {
    const up = ['net', 'up', '--via', 'direct', '--forward', `prefect=127.0.0.1:${prefect.port}`];
    const opened = await sandbox.hotpass(up);
    if (opened.code !== 0) throw new Error(opened.stderr);
    return [
      ratioRow('--version / node -e 0', await inTurn(ROUNDS, ours('--version'), bare), 1.25),
      ratioRow('--help / node -e 0', await inTurn(ROUNDS, ours('--help'), bare), 1.6),
      ratioRow(
        'net status --json / node -e 0',
        await inTurn(ROUNDS, ours('net', 'status', '--json'), bare),
        1.6,
      ),
    ];
  } finally {
    await sandbox.hotpass(['net', 'down', '--all']);
    await prefect.close();
    await sandbox.remove();
  }
}
