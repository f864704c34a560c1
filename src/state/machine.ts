import { promises } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isErrno } from '../errors.ts';
import type { Processes, System } from '../system.ts';

/** Where processes of one identity space live: their ids mean something only there. */
export interface Machine {
  /** Name and id of the machine, `name/id`. */
  readonly host: string;
  readonly boot: string;
  /** The PID namespace; empty where the system has none. */
  readonly namespace: string;
}

/** What asking the system about machines and processes needs. */
export interface ProbeSystem extends Pick<System, 'env' | 'platform'> {
  readonly processes: Pick<Processes, 'run'>;
}

/** Reads which machine, boot and PID namespace this is. */
export async function readMachine(sys: ProbeSystem, procRoot: string): Promise<Machine> {
  if (sys.platform === 'linux') {
    const [host, boot, namespace] = await Promise.all([
      readHost('/etc/machine-id'),
      promises.readFile(join(procRoot, 'sys/kernel/random/boot_id'), 'utf8'),
      readNamespace(sys, procRoot),
    ]);
    return { host, boot: boot.trim(), namespace };
  }
  const [host, boot] = await Promise.all([readHost(undefined), readBootByProgram(sys)]);
  return { host, boot, namespace: '' };
}

/** Reads which PID namespace this is; empty where the system has none. */
export async function readNamespace(sys: Pick<System, 'platform'>, procRoot: string): Promise<string> {
  return sys.platform === 'linux' ? promises.readlink(join(procRoot, 'self/ns/pid')) : '';
}

/** Tells whether the numbers in /proc are those of this namespace: who makes a new one may have kept the old /proc. */
export async function isOwnProc(sys: Pick<System, 'platform' | 'pid'>, procRoot: string): Promise<boolean> {
  if (sys.platform !== 'linux') return true;
  const self = await promises.readlink(join(procRoot, 'self')).catch(() => undefined); // no link: a folder made for a test
  return self === undefined || self === String(sys.pid);
}

async function readHost(idFile: string | undefined): Promise<string> {
  const { createHash } = await import('node:crypto');
  const name = hostname();
  // The id itself is meant to stay on the machine: https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
  const id = (idFile && (await readMachineId(idFile))) || name;
  return `${name}/${createHash('sha256').update(`hotpass ${id}`).digest('hex').slice(0, 16)}`;
}

async function readMachineId(file: string): Promise<string | undefined> {
  try {
    const id = (await promises.readFile(file, 'utf8')).trim();
    // Images carry an empty file or the word "uninitialized".
    return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}

async function readBootByProgram(sys: ProbeSystem): Promise<string> {
  // boottime moves when the clock is set; the session's id, where there is one, does not.
  for (const name of ['kern.bootsessionuuid', 'kern.boottime']) {
    const { exitCode, stdout } = await sys.processes.run(['sysctl', '-n', name]);
    const boot = stdout.trim();
    if (exitCode === 0 && boot !== '') return /\bsec = (\d+)/.exec(boot)?.[1] ?? boot;
  }
  return 'unknown';
}
