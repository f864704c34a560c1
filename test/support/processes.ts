import { type ChildProcess, execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const END_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly isZombie: boolean;
}

/** Lists the living processes below one, at any depth; zombies left out. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const rows = await listProcesses();
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const row of rows) {
      if (row.parent !== parent) continue;
      if (!row.isZombie) found.push(row.pid);
      visit(row.pid);
    }
  };
  visit(pid);
  return found;
}

/** Tells whether a process runs; a zombie does not, although it still answers to signal 0. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await listProcesses()).some((row) => row.pid === pid && !row.isZombie);
}

/** Sends a signal, unless the process is gone already. */
export function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Kills a child of this test and waits until it is gone. */
export function endProcess(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

/** Waits until a process has ended, whoever its parent is. */
export async function waitUntilGone(pid: number): Promise<void> {
  const deadline = Date.now() + END_TIMEOUT_MS;
  while (await isRunning(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} did not end`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function listProcesses(): Promise<readonly ProcessRow[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, state] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), isZombie: state?.startsWith('Z') ?? false };
    });
}
