import type { Aws } from './aws.ts';
import type { Output } from './output.ts';

/** The machine as a verb sees it: everything that a function touches comes in through here. */
export interface System {
  readonly cwd: string;
  readonly env: Environment;
  readonly home: string;
  /** Numeric user id; -1 where the platform has none. */
  readonly uid: number;
  readonly pid: number;
  readonly platform: NodeJS.Platform;
  readonly program: Program;
  readonly terminal: Terminal;
  readonly out: Output;
  /** Opens the terminal that this process belongs to; undefined when there is none (cron, CI, a service). */
  openTty(): Promise<Tty | undefined>;
  readonly processes: Processes;
  /** Read on first use: the SDK is heavy. */
  readonly aws: Aws;
  /** Aborted by Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /**
   * Gives every signal that a process may pass on to `listener`; none ends this process, or aborts `signal`, until
   * the function that comes back is called.
   */
  takeSignals(listener: (name: NodeJS.Signals) => void): () => void;
  /** Signals a process that was proved to be ours; false when it is gone. Nothing else may call it. */
  signalProcess(pid: number, signal: NodeJS.Signals): boolean;
  /** The wall clock: for people. It can be set back, and it jumps when the machine wakes. */
  now(): Date;
  /** Milliseconds on a clock that only goes forward, for lengths of time; its beginning means nothing. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal (default: the System's own) is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the running program is. */
export interface Program {
  readonly version: string;
  /** Absolute path of node. */
  readonly node: string;
  /** Absolute path of the script that `hotpass` runs. */
  readonly entry: string;
  /** Absolute path of the script that a session's background process runs. */
  readonly supervisor: string;
  /** Absolute path of the program that ssh starts to ask a person. */
  readonly askpass: string;
}

/** What the streams are connected to. */
export interface Terminal {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Columns and rows are those of this moment: a window can be resized. */
  readonly columns: number;
  readonly rows: number;
  /** False where only ASCII may be printed. */
  readonly unicode: boolean;
}

/** A terminal with a person at it, whatever stdin and stdout are connected to. */
export interface Tty {
  write(text: string): void;
  /**
   * Asks for one line and gives it as typed, without its end; `echo` shows it while it is typed. Gives undefined at the
   * end of input, or when the signal gives up. Ctrl-C interrupts this process, as anywhere else. The terminal is as
   * before when this resolves.
   */
  readLine(prompt: string, echo: boolean, signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

/** The door to child processes, implemented in `ops/process.ts`. */
export interface Processes {
  /**
   * Runs a program without a shell and waits for it. Never rejects because of a non-zero exit.
   * Throws `program-missing` when the program is not installed.
   */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunResult>;
  /**
   * Runs a program with the streams, the folder and the process group of this process, until it ends; it ends with
   * this process, where the system can do that. Throws `command-not-runnable`.
   */
  runHere(argv: readonly [string, ...string[]], options: RunHere): Promise<HowEnded>;
  /** Starts a program without a shell and owns it until it ends. Throws `program-missing`. */
  start(argv: readonly [string, ...string[]], options: StartOptions): Promise<Child>;
}

/** How a program ended: by itself, or by a signal. */
export interface HowEnded {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunHere {
  /** The whole environment of the program: nothing is inherited. */
  readonly env: Environment;
  /** Called at once, with what signals the program. */
  readonly onStart: (kill: (signal: NodeJS.Signals) => void) => void;
}

export interface StartOptions {
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Environment;
  readonly cwd: string;
  /** Ask the system to end the child when this process is killed, where it can. */
  readonly endWithParent?: boolean;
  /** Lead a process group and session of its own, and outlive this process. */
  readonly detached?: boolean;
  /** Open a message channel to the child. */
  readonly ipc?: boolean;
  /** File descriptor for stdout and stderr. Without it stdout goes to `onOutput` and stderr to `onLine`. */
  readonly output?: number;
  /** Told each line of stdout; without it stdout is dropped. */
  readonly onOutput?: (line: string) => void;
  /** Told each line of stderr. */
  readonly onLine?: (line: string) => void;
}

/** A running program that we own. */
export interface Child {
  readonly pid: number;
  readonly exited: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>;
  kill(signal: NodeJS.Signals): boolean;
  /** Tells whether it is about to end, though nobody has heard of it yet; undefined where the system does not say. */
  isEnding(): boolean | undefined;
  /** Tells whether it is stopped, as by SIGSTOP; false where the system does not say. */
  isStopped(): boolean;
  send(message: object): boolean;
  onMessage(listener: (message: unknown) => void): void;
  /** Stops waiting for the child: this process may end before it does. */
  release(): void;
}

export interface RunOptions {
  readonly env?: Environment;
  readonly cwd?: string;
  readonly input?: string;
  /** Milliseconds until the program is ended. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** null when a signal or the time limit ended the program. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
