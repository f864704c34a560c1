import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

export interface Timed {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and gives the milliseconds it took; throws when it fails. */
export async function timeRun(argv: readonly [string, ...string[]], timed: Timed = {}): Promise<number> {
  const started = performance.now();
  const child = spawn(argv[0], argv.slice(1), { stdio: 'ignore', ...timed });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}`);
  return performance.now() - started;
}

/** Starts the server behind the tunnels. */
export async function startFarEnd(): Promise<{ port: number; child: ChildProcess }> {
  const child = spawn(process.execPath, ['scripts/run-ts.mjs', 'bench/far-end.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line');
  return { port: Number(line), child };
}

/** Ends a child and waits for it. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
