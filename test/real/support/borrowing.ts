import { type ChildProcess, spawn } from 'node:child_process';
import { builtProgram, type Ended, type Sandbox } from '../../support/hotpass.ts';
import { eventually } from './sandbox-processes.ts';
import { directly } from './stage.ts';

/** The arguments of a `net exec` that connects directly, up to the command. */
export function execDirectly(...forwards: readonly string[]): string[] {
  const [, ...options] = directly(...forwards);
  return ['exec', ...options, '--'];
}

/** A command that runs a piece of JavaScript. */
export function script(code: string): string[] {
  return [process.execPath, '-e', code];
}

/** A command that says `running`, and lives until its stdin ends. */
export const WAITING = ['sh', '-c', 'echo running; cat >/dev/null'];

/** The built program as a command line of its own. */
export function hotpassArgv(...args: readonly string[]): string[] {
  return [process.execPath, builtProgram, ...args];
}

/** A program that runs; its stdin is open until `finish`. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written to stdout and stderr so far, each. */
  readonly said: { stdout: string; stderr: string };
  /** Waits until stdout holds a text. */
  says(text: string): Promise<void>;
  /** Ends its stdin. */
  finish(): void;
  readonly end: Promise<Ended>;
}

/**
 * Starts any command line in the project of a sandbox, without a terminal; `env` takes the place of the sandbox's
 * environment.
 */
export function startRunning(
  argv: readonly string[],
  sandbox: Pick<Sandbox, 'env' | 'project'>,
  env: Readonly<Record<string, string | undefined>> = sandbox.env,
): Running {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd: sandbox.project, env: { ...env }, detached: true });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  }
  child.stdin.on('error', () => undefined);
  const end = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...said }));
  });
  return {
    child,
    said,
    async says(text) {
      await eventually(`${text} in ${argv.join(' ')}`, async () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said.stderr}`);
        return said.stdout.includes(text);
      });
    },
    finish: () => void child.stdin.end(),
    end,
  };
}
