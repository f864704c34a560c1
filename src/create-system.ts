import { homedir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import type { Aws } from './aws.ts';
import { chooseColour } from './cli/colours.ts';
import { createOutput, type OutputMode, type Streams } from './cli/output.ts';
import { loadPalette } from './cli/style.ts';
import { HotpassError, isErrno } from './errors.ts';
import type { Output } from './output.ts';
import type { Environment, Processes, Program, System, Terminal, Tty } from './system.ts';

declare const HOTPASS_VERSION: string;

/** The part of `process` that a System is made of. */
export type ProcessLike = Pick<
  NodeJS.Process,
  | 'cwd'
  | 'env'
  | 'execPath'
  | 'exit'
  | 'exitCode'
  | 'getuid'
  | 'hrtime'
  | 'kill'
  | 'off'
  | 'on'
  | 'pid'
  | 'platform'
  | 'stderr'
  | 'stdout'
>;

/** A System before the command line has said how to speak. */
export interface SilentSystem extends System {
  /** Gives the same System with an Output of this mode. */
  speak(mode: OutputMode): Promise<System>;
  /** Sets the exit code of a run that a second Ctrl-C ends; 1 where nobody does. */
  setHurriedExit(exitCode: number): void;
}

const PLAIN: OutputMode = { json: false, quiet: false, verbose: false, noColor: true };
const DEFAULT_COLUMNS = 100;
const DEFAULT_ROWS = 24;

/**
 * Makes the System of this process; `mode` is how it speaks until `speak` is called. SIGINT, SIGTERM, SIGHUP and a
 * reader that went away abort its signal.
 */
export function createSystem(proc: ProcessLike, mode: Partial<OutputMode> = {}): SilentSystem {
  const terminal = readTerminal(proc);
  const program = findProgram(proc);
  const controller = new AbortController();
  let hurriedExit = 1;
  const takeSignals = listenToSignals(proc, controller, () => hurriedExit);
  // That a file may not grow (ulimit -f) is told to who writes it, as EFBIG, and does not end the process.
  proc.on('SIGXFSZ', () => undefined);
  const openTty = loadTty(proc);
  const voice = { streams: openStreams(proc, controller), terminal, canRedraw: proc.env.TERM !== 'dumb' };
  const palette = (stream: 'stdout' | 'stderr', noColor: boolean) =>
    loadPalette(chooseColour(noColor, proc.env, terminal, stream));
  const withOutput = (out: Output): System => ({
    // A folder that was deleted must be told by who needs it, in the way that errors are told.
    get cwd() {
      return readCwd(proc);
    },
    env: proc.env,
    home: proc.env.HOME || findHome(),
    uid: proc.getuid?.() ?? -1,
    pid: proc.pid,
    platform: proc.platform,
    program,
    terminal,
    out,
    openTty,
    processes: loadProcesses(proc.platform),
    aws: loadAws(proc.env),
    signal: controller.signal,
    takeSignals,
    signalProcess: (pid, signal) => signalProcess(proc, pid, signal),
    now: () => new Date(),
    monotonic: () => readClock(proc),
    sleep: (ms, signal = controller.signal) => sleep(ms, signal),
  });
  const speak = async (wanted: OutputMode) =>
    withOutput(
      createOutput({
        ...voice,
        mode: wanted,
        stdoutPalette: await palette('stdout', wanted.noColor),
        stderrPalette: await palette('stderr', wanted.noColor),
      }),
    );
  const sys = withOutput(createOutput({ ...voice, mode: { ...PLAIN, ...mode } }));
  const setHurriedExit = (exitCode: number) => {
    hurriedExit = exitCode;
  };
  return Object.assign(sys, { speak, setHurriedExit });
}

/**
 * Gives a process more variables, and the System made of it. Other processes cannot read them: the system shows what a
 * process was started with.
 */
export function addVariables(proc: Pick<NodeJS.Process, 'env'>, variables: Environment): void {
  Object.assign(proc.env, variables);
}

function findProgram(proc: ProcessLike): Program {
  // The bundle keeps its entries beside the chunk that this ends up in.
  const beside = (name: string) => join(import.meta.dirname, name);
  return {
    version: HOTPASS_VERSION,
    node: proc.execPath,
    entry: beside('bin.js'),
    supervisor: beside('supervisor.js'),
    askpass: beside('askpass.js'),
  };
}

function readTerminal(proc: ProcessLike): Terminal {
  return {
    stdin: isatty(0),
    stdout: isatty(1),
    stderr: isatty(2),
    get columns() {
      return proc.stdout.columns || proc.stderr.columns || DEFAULT_COLUMNS;
    },
    get rows() {
      return proc.stdout.rows || proc.stderr.rows || DEFAULT_ROWS;
    },
    unicode: isUnicode(proc.env),
  };
}

function isUnicode(env: Environment): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Left to the system until somebody takes them: by default some end a process, and some mean nothing. */
const OTHERS = ['SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'] as const;

function listenToSignals(
  proc: ProcessLike,
  controller: AbortController,
  hurriedExit: () => number,
): System['takeSignals'] {
  let taker: ((name: NodeJS.Signals) => void) | undefined;
  const give = (name: NodeJS.Signals) => taker?.(name);
  for (const name of ENDING) {
    proc.on(name, () => {
      if (taker !== undefined) return give(name);
      // Who presses Ctrl-C again no longer wants to wait for the tidying up.
      if (controller.signal.aborted && name === 'SIGINT') proc.exit(hurriedExit());
      controller.abort(new HotpassError('interrupted', `interrupted by ${name}`));
    });
  }
  return (listener) => {
    taker = listener;
    for (const name of OTHERS) proc.on(name, give);
    return () => {
      taker = undefined;
      for (const name of OTHERS) proc.off(name, give);
    };
  };
}

function openStreams(proc: ProcessLike, controller: AbortController): Streams {
  let isClosed = false;
  proc.stdout.on('error', (error) => {
    isClosed = true;
    // EPIPE: the reader has what it wanted (`| head`). The end of this run, and by itself no failure.
    if (!isErrno(error, 'EPIPE')) {
      proc.exitCode = 1;
      proc.stderr.write(`error: stdout cannot be written: ${error.message}  [output-failed]\n`);
    }
    controller.abort(new HotpassError('output-failed', 'stdout is closed'));
  });
  // Nobody is left to tell.
  proc.stderr.on('error', () => undefined);
  return {
    stdout: (text) => void (isClosed || proc.stdout.write(text)),
    stderr: (text) => void proc.stderr.write(text),
  };
}

/** `performance.now` says the same, and costs each start the loading of its module. */
function readClock(proc: ProcessLike): number {
  const [seconds, nanoseconds] = proc.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** A container may run as a user that no database knows; such a one has the root folder for a home. */
function findHome(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

function readCwd(proc: ProcessLike): string {
  try {
    return proc.cwd();
  } catch (cause) {
    throw new HotpassError('cwd-missing', 'the current folder does not exist any more', {
      hint: 'cd ~',
      cause,
    });
  }
}

/** All that ask in one run share one opener: they take turns. */
function loadTty(proc: ProcessLike): System['openTty'] {
  let opener: Promise<() => Tty | undefined> | undefined;
  return async () => {
    opener ??= import('./cli/tty.ts').then(({ createTtyOpener }) =>
      createTtyOpener(() => proc.kill(proc.pid, 'SIGINT')),
    );
    return (await opener)();
  };
}

/** Child processes are needed by few verbs: their door opens on first use. */
function loadProcesses(platform: NodeJS.Platform): Processes {
  const load = async () => (await import('./ops/process.ts')).createProcesses(platform);
  return {
    run: async (argv, options) => (await load()).run(argv, options),
    runHere: async (argv, options) => (await load()).runHere(argv, options),
    start: async (argv, options) => (await load()).start(argv, options),
  };
}

/** The SDK is heavy: its door opens on first use. */
function loadAws(env: Environment): Aws {
  return {
    ssm: async (place) =>
      (await import('./ops/aws/ssm-api.ts')).createSsmApi(place.environment ?? env, place),
    account: async (place) =>
      (await import('./ops/aws/account-api.ts')).createAccountApi(place.environment ?? env, place),
  };
}

function signalProcess(proc: ProcessLike, pid: number, signal: NodeJS.Signals): boolean {
  try {
    return proc.kill(pid, signal);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
