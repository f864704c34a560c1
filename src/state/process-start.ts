import { promises } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../errors.ts';
import type { System } from '../system.ts';
import type { ProbeSystem } from './machine.ts';

/** Reads when a process started, in the system's own words; undefined when it is gone or only a zombie is left. */
export async function readStart(
  sys: ProbeSystem,
  pid: number | 'self',
  procRoot: string,
): Promise<string | undefined> {
  return sys.platform === 'linux' ? readStat(join(procRoot, String(pid), 'stat')) : askPs(sys, pid);
}

/** Tells whether somebody has stopped a process; false where this system does not show it. */
export async function isStopped(
  sys: Pick<System, 'platform'>,
  pid: number,
  procRoot = '/proc',
): Promise<boolean> {
  if (sys.platform !== 'linux') return false;
  const line = await promises.readFile(join(procRoot, String(pid), 'stat'), 'utf8').catch(() => ''); // gone: not stopped
  return /^ [Tt] /.test(line.slice(line.lastIndexOf(')') + 1));
}

/** Takes the start time in clock ticks out of a line of /proc/<pid>/stat; undefined for a zombie. */
export function parseStat(line: string): string | undefined {
  // The second field is the program's name in brackets, and may itself hold spaces and brackets: proc_pid_stat(5).
  const [state, ...rest] = line
    .slice(line.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const started = rest[18];
  if (state === undefined || isGone(state)) return undefined;
  return started !== undefined && /^\d+$/.test(started) ? started : undefined;
}

/** Takes the start time out of the answer of `ps -o stat= -o lstart=`; undefined for a zombie or no process. */
export function parsePs(answer: string): string | undefined {
  const [state, ...date] = answer.trim().split(/\s+/);
  return state === undefined || isGone(state) || date.length === 0 ? undefined : date.join(' ');
}

async function readStat(file: string): Promise<string | undefined> {
  try {
    return parseStat(await promises.readFile(file, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

async function askPs(sys: ProbeSystem, pid: number | 'self'): Promise<string | undefined> {
  // Language and time zone of the asking shell must not change the answer.
  const env = { ...sys.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = await sys.processes.run(['ps', '-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
    env,
  });
  return parsePs(stdout);
}

// Z: a zombie, X: on the way out. Both answer to kill(pid, 0).
function isGone(state: string): boolean {
  return state.startsWith('Z') || state.startsWith('X');
}
