import { readdir, readFile } from 'node:fs/promises';
import { NEVER } from '../../signals.ts';
import type { System } from '../../system.ts';
import { NONCE_VARIABLE } from './environment.ts';

type StraySystem = Pick<System, 'platform' | 'processes' | 'pid' | 'sleep' | 'signalProcess'>;

/** How a session's processes are told from strangers'. */
export interface SessionMark {
  readonly id: string;
  readonly nonce: string;
}

const END_MS = 2_000;
const LOOK_MS = 20;
const EXEC_MS = 5;

/**
 * Finds the processes that a session started: those whose environment holds its nonce. Where the system shows no
 * environments (macOS), those whose arguments name the session's own socket folder.
 */
export async function findStrays(sys: StraySystem, mark: SessionMark): Promise<number[]> {
  const pids =
    sys.platform === 'linux' ? await byEnvironment(sys, mark.nonce) : await byArguments(sys, mark.id);
  return pids.filter((pid) => pid !== sys.pid);
}

/** Tells whether the environment of a process holds a session's nonce. Linux only. */
export async function bearsNonce(pid: number, nonce: string): Promise<boolean> {
  return holds(await readEnvironment(pid), nonce);
}

/** Ends what a dead background process left over: TERM, then KILL. Returns the pids that are still there. */
export async function endStrays(sys: StraySystem, mark: SessionMark): Promise<number[]> {
  let left = await findStrays(sys, mark);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    // Looked up again before each signal: a number that was free for a moment may by now be somebody else's.
    for (const pid of left) sys.signalProcess(pid, signal);
    for (let waited = 0; left.length > 0 && waited < END_MS; waited += LOOK_MS) {
      await sys.sleep(LOOK_MS, NEVER);
      left = await findStrays(sys, mark);
    }
  }
  return left;
}

async function byEnvironment(sys: StraySystem, nonce: string): Promise<number[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const seen = await Promise.all(
    numbers.map(async (pid) => ({ pid, environment: await readEnvironment(pid) })),
  );
  // Of a process that is just becoming another program nothing can be read for a moment: those are read again.
  const blank = seen.filter(({ environment }) => environment === '').map(({ pid }) => pid);
  await sys.sleep(EXEC_MS, NEVER);
  const again = await Promise.all(
    blank.map(async (pid) => ({ pid, environment: await readEnvironment(pid) })),
  );
  return [...seen, ...again].filter(({ environment }) => holds(environment, nonce)).map(({ pid }) => pid);
}

function holds(environment: string, nonce: string): boolean {
  return environment.split('\0').includes(`${NONCE_VARIABLE}=${nonce}`);
}

async function readEnvironment(pid: number): Promise<string> {
  // Gone meanwhile, or another user's: not ours either way. A zombie's environment reads as empty.
  return readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
}

async function byArguments(sys: StraySystem, id: string): Promise<number[]> {
  const { stdout } = await sys.processes.run(['ps', '-axww', '-o', 'pid=,command=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return command?.includes(`../${id}/`) ? [Number(pid)] : [];
  });
}
