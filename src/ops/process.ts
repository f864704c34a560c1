/**
 * The only door to child processes. Two shapes: `run` waits for a short program (execa: time limit, escalation,
 * errors with a cause); `start` owns a long one. `start` stands on node's own spawn because a session's background
 * process lives for days and execa's modules alone would add a third to its memory (measured: 43 MB → 56 MB).
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { HotpassError, isErrno, messageOf } from '../errors.ts';
import type {
  Child,
  Environment,
  HowEnded,
  Processes,
  RunHere,
  RunOptions,
  RunResult,
  StartOptions,
} from '../system.ts';

const RUN_TIMEOUT_MS = 10_000;

/** Makes the door to child processes for this platform. */
export function createProcesses(platform: NodeJS.Platform): Processes {
  return {
    run,
    runHere: (argv, options) => runHere(argv, options, platform),
    start: (argv, options) => start(argv, options, platform),
  };
}

function runHere(
  argv: readonly [string, ...string[]],
  { env, onStart }: RunHere,
  platform: NodeJS.Platform,
): Promise<HowEnded> {
  const [file, ...args] = endWithParent(argv, env, platform);
  const child = spawn(file, args, { env: { ...env }, stdio: 'inherit' });
  onStart((signal) => void child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.on('error', (cause) => {
      // Also told for a signal that came too late; then the end has been told already.
      reject(new HotpassError('command-not-runnable', `${argv[0]}: ${messageOf(cause)}`, { cause }));
    });
  });
}

async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const { execa } = await import('execa');
  const [file, ...args] = argv;
  const result = await execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    extendEnv: options.env === undefined,
    timeout: options.timeoutMs ?? RUN_TIMEOUT_MS,
    forceKillAfterDelay: 1_000,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (isErrno(result.cause, 'ENOENT') || result.code === 'ENOENT') throw missing(file);
  return { exitCode: result.exitCode ?? null, stdout: result.stdout, stderr: result.stderr };
}

function start(
  argv: readonly [string, ...string[]],
  options: StartOptions,
  platform: NodeJS.Platform,
): Promise<Child> {
  const [file, ...args] = options.endWithParent ? endWithParent(argv, options.env, platform) : argv;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...options.env },
    detached: options.detached === true,
    stdio: [
      'ignore',
      options.output ?? (options.onOutput === undefined ? 'ignore' : 'pipe'),
      options.output ?? 'pipe',
      ...(options.ipc ? ['ipc' as const] : []),
    ],
  });
  const { onLine, onOutput } = options;
  const said = Promise.all([
    child.stderr !== null && onLine !== undefined && readLines(child.stderr, onLine),
    child.stdout !== null && onOutput !== undefined && readLines(child.stdout, onOutput),
  ]);
  let isGone = false;
  const exited = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      isGone = true;
      // Its last words may still be in the pipe; a child of its own may hold that open for as long as it likes.
      const late = new Promise<void>((over) => setTimeout(over, LAST_WORDS_MS).unref());
      void Promise.race([said, late]).then(() => {
        // Whoever else holds its streams may not keep this process from ending.
        child.stderr?.destroy();
        child.stdout?.destroy();
        resolve({ exitCode, signal });
      });
    });
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      // A working folder that is gone gives the same word as a program that is not there.
      const isMissing = isErrno(error, 'ENOENT') && findProgram(argv[0], options.env.PATH) === undefined;
      reject(isMissing ? missing(argv[0], error) : error);
    });
    child.once('spawn', () => {
      // A second 'error' can only come from kill() or send() on a child that is already gone.
      child.on('error', () => {});
      resolve({
        pid: child.pid ?? -1,
        exited,
        kill: (signal) => child.kill(signal),
        isEnding: () => isGone || (platform === 'linux' ? isExiting(child.pid ?? -1) : undefined),
        isStopped: () => platform === 'linux' && readStat(child.pid ?? -1)?.[0] === 'T',
        send: (message) => child.connected && child.send(message, () => {}),
        onMessage: (listener) => child.on('message', listener),
        release: () => {
          if (child.connected) child.disconnect();
          child.unref();
        },
      });
    });
  });
}

/** Bit of the flags in /proc/<pid>/stat that the kernel sets before it closes what a process holds (PF_EXITING). */
const EXITING_FLAG = 0x4;

function isExiting(pid: number): boolean {
  const stat = readStat(pid);
  if (stat === undefined) return true;
  const [state = '', , , , , , flags = '0'] = stat;
  return state === 'Z' || state === 'X' || (Number(flags) & EXITING_FLAG) !== 0;
}

/** Reads what stands behind the name in /proc/<pid>/stat; undefined when there is no such process any more. */
function readStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // Gone.
    return undefined;
  }
}

/** Longest piece of a line that is kept: a program that never ends its line may not fill our memory. */
const LINE_LIMIT = 8_192;
/** How long what a program said before its end is waited for. */
const LAST_WORDS_MS = 200;

/** Gives each line away; resolves when the stream has ended. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(0, LINE_LIMIT);
    for (const line of lines) if (line !== '') onLine(line.slice(0, LINE_LIMIT));
  });
  return new Promise((resolve) => {
    stream.on('end', () => {
      if (rest !== '') onLine(rest);
    });
    stream.on('close', () => resolve());
  });
}

/**
 * Linux ends the child when its parent is killed with SIGKILL, which no handler of ours could do.
 * util-linux' setpriv sets that and becomes the program itself: no further process, same pid (setpriv(1)).
 * Elsewhere what is left over is found by its nonce and ended by the next verb.
 */
function endWithParent(
  argv: readonly [string, ...string[]],
  env: Environment,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] {
  const setpriv = platform === 'linux' ? findProgram('setpriv', env.PATH) : undefined;
  // That of busybox knows no such option, and would end where the program should begin.
  if (setpriv === undefined || basename(realpathSync(setpriv)) === 'busybox') return argv;
  return [setpriv, '--pdeathsig', 'TERM', '--', ...argv];
}

/** Finds a program on a PATH; undefined when it is on none of its folders. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  for (const folder of (path ?? '/usr/bin:/bin').split(delimiter)) {
    if (folder !== '' && isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Absent and not executable mean the same to who looks for a program.
    return false;
  }
}

function missing(file: string, cause?: unknown): HotpassError {
  return new HotpassError('program-missing', `${file} is not installed, or not on PATH`, {
    hint:
      file === 'ssh'
        ? 'install the OpenSSH client (Debian: apt-get install openssh-client)'
        : `install ${file}`,
    cause,
  });
}
