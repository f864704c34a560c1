import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUN_TIMEOUT_MS = 60_000;

/** The built program, as npm's shim would run it. */
export const builtProgram = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

/** How one command line ended. */
export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunHotpass {
  readonly cwd?: string;
  /** Added to the sandbox's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** A home, a project folder and private XDG folders that belong to one test. */
export interface Sandbox {
  readonly root: string;
  readonly home: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs the built program in the project folder and waits for its end. */
  hotpass(args: readonly string[], options?: RunHotpass): Promise<Ended>;
  /** Starts the built program in the project folder; the caller ends it. */
  start(args: readonly string[], options?: RunHotpass): ChildProcessWithoutNullStreams;
  remove(): Promise<void>;
}

/** Makes a sandbox. Its names are short: sockets below it must stay under 104 bytes. */
export async function createSandbox(): Promise<Sandbox> {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'hp-'));
  const folder = async (name: string) => {
    const path = join(root, name);
    await mkdir(path, { mode: 0o700 });
    return path;
  };
  const home = await folder('h');
  const project = await folder('p');
  const env = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    USER: userInfo().username,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    TMPDIR: await folder('t'),
    XDG_RUNTIME_DIR: await folder('r'),
    XDG_STATE_HOME: await folder('s'),
    XDG_CONFIG_HOME: await folder('c'),
    XDG_CACHE_HOME: await folder('k'),
  };
  const start = (args: readonly string[], options: RunHotpass = {}) =>
    spawn(process.execPath, [builtProgram, ...args], {
      cwd: options.cwd ?? project,
      env: { ...env, ...options.env },
      // Without a terminal, also where the tests run in one: nobody is to be asked.
      detached: true,
    });
  return {
    root,
    home,
    project,
    env,
    start,
    hotpass: (args, options = {}) => waitForEnd(start(args, options), args, options),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Runs the built program once, in a sandbox of its own that is gone afterwards. */
export async function hotpass(args: readonly string[], options: RunHotpass = {}): Promise<Ended> {
  const sandbox = await createSandbox();
  try {
    return await sandbox.hotpass(args, options);
  } finally {
    await sandbox.remove();
  }
}

function waitForEnd(
  child: ChildProcessWithoutNullStreams,
  args: readonly string[],
  { input = '', timeoutMs = RUN_TIMEOUT_MS }: RunHotpass,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`hotpass ${args.join(' ')} did not end in ${timeoutMs} ms: ${text(stderr)}`));
    }, timeoutMs);
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: text(stdout), stderr: text(stderr) });
    });
    // A program that does not read its input closes the pipe; that is its right.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
