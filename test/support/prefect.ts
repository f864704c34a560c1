import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { endProcess } from './processes.ts';
import { realPath } from './real.ts';

const START_TIMEOUT_MS = 120_000;
const POLL_MS = 100;

/** A running Prefect server with a database of its own. */
export interface RealPrefect {
  readonly port: number;
  /** Without a slash at the end; the API is below `/api`. */
  readonly url: string;
  readonly pid: number;
  /** Kills it and removes its files. */
  stop(): Promise<void>;
}

/** What a test may want of a server. */
export interface StartRealPrefect {
  readonly port?: number;
  /** Where the web UI looks for the API. Default: the server's own address. */
  readonly uiApiUrl?: string;
  /** `user:password` for basic auth. */
  readonly auth?: string;
}

/** Starts a real Prefect server; takes 5 to 20 seconds, so start one a test file. */
export async function startRealPrefect(options: StartRealPrefect = {}): Promise<RealPrefect> {
  const program = realPath('prefect');
  const home = await mkdtemp(join(tmpdir(), 'hpp-'));
  const port = options.port ?? (await freePort());
  const logFile = join(home, 'server.log');
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(
    program,
    ['server', 'start', '--host', '127.0.0.1', '--port', `${port}`, '--no-services'],
    {
      stdio: ['ignore', log, log],
      cwd: home,
      env: environment(home, port, options),
    },
  );
  closeSync(log);
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const stop = async () => {
    // Killed, not asked: its own way down takes seconds and there is nothing to keep.
    await endProcess(child);
    process.off('exit', killAtExit);
    await rm(home, { recursive: true, force: true });
  };
  try {
    await waitForHealth(child, port);
  } catch (error) {
    const said = await readFile(logFile, 'utf8');
    await stop();
    throw new Error(`the Prefect server did not start: ${said.slice(-2_000)}`, { cause: error });
  }
  return { port, url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop };
}

/** Nothing of the developer's own Prefect settings reaches the server. */
function environment(home: string, port: number, options: StartRealPrefect): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    PREFECT_HOME: home,
    PREFECT_SERVER_API_HOST: '127.0.0.1',
    PREFECT_SERVER_API_PORT: `${port}`,
    PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
    DO_NOT_TRACK: '1',
    ...(options.uiApiUrl === undefined ? {} : { PREFECT_SERVER_UI_API_URL: options.uiApiUrl }),
    ...(options.auth === undefined ? {} : { PREFECT_SERVER_API_AUTH_STRING: options.auth }),
  };
}

async function waitForHealth(child: ChildProcess, port: number): Promise<void> {
  let problem: Error | undefined;
  child.once('error', (error) => {
    problem = error;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (problem === undefined && child.exitCode === null && child.signalCode === null) {
    const isHealthy = await fetch(`http://127.0.0.1:${port}/api/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (isHealthy) return;
    if (Date.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw problem ?? new Error('no answer from /api/health');
}
