import { readdir, readFile } from 'node:fs/promises';
import type { Sandbox } from '../../support/hotpass.ts';

const POLL_MS = 10;

/** A running process, as /proc shows it. */
export interface SeenProcess {
  readonly pid: number;
  /** `hotpass`, `supervisor`, `ssh -G`, or the name of the program. */
  readonly kind: string;
  readonly argv: readonly string[];
  /** `NAME=value` each. */
  readonly environment: readonly string[];
}

/** Finds every process that runs in a sandbox: its folders stand in the environment. Zombies have none. */
export async function processesOf(sandbox: Pick<Sandbox, 'root'>): Promise<readonly SeenProcess[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(numbers.map((number) => readProcess(Number(number))));
  return seen.flatMap((one) =>
    one?.environment.some((variable) => variable.includes(`=${sandbox.root}/`)) ? [one] : [],
  );
}

/** The pids of one kind of process in a sandbox. */
export async function pidsOf(sandbox: Pick<Sandbox, 'root'>, kind: string): Promise<readonly number[]> {
  return (await processesOf(sandbox)).filter((one) => one.kind === kind).map(({ pid }) => pid);
}

/** Gives the only process of a kind in a sandbox; throws when there is none or more than one. */
export async function onlyPid(sandbox: Pick<Sandbox, 'root'>, kind: string): Promise<number> {
  const pids = await pidsOf(sandbox, kind);
  const [pid] = pids;
  if (pid === undefined || pids.length > 1) throw new Error(`${pids.length} processes are ${kind}`);
  return pid;
}

/** Waits until a look gives something; throws, with what was waited for, when it never does. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function readProcess(pid: number): Promise<SeenProcess | undefined> {
  try {
    const [argv, environment] = await Promise.all([
      readWords(`/proc/${pid}/cmdline`),
      readWords(`/proc/${pid}/environ`),
    ]);
    return { pid, kind: kindOf(argv), argv, environment };
  } catch {
    // Gone while it was looked at.
    return undefined;
  }
}

async function readWords(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8')).split('\0').filter(Boolean);
}

function kindOf(argv: readonly string[]): string {
  if (argv.some((word) => word.endsWith('/dist/supervisor.js'))) return 'supervisor';
  if (argv.some((word) => word.endsWith('/dist/bin.js'))) return 'hotpass';
  const program = argv[0]?.split('/').at(-1) ?? '';
  // It only reads ssh_config, and is gone in a moment: never the ssh of a session.
  return program === 'ssh' && argv[1] === '-G' ? 'ssh -G' : program;
}
