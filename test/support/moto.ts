import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProcess } from './processes.ts';
import { realPath } from './real.ts';

const START_TIMEOUT_MS = 60_000;

/** A running moto server: many services of AWS, made by somebody else. */
export interface Moto {
  readonly url: string;
  /** From now on signatures are verified, and policies are obeyed. */
  obeyPolicies(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a moto server on a free port; takes some 2 seconds, so start one a test file. */
export async function startMoto(): Promise<Moto> {
  const home = await mkdtemp(join(tmpdir(), 'hpm-'));
  const child = spawn(realPath('moto_server'), ['-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', NO_COLOR: '1' },
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const stop = async () => {
    await endProcess(child);
    process.off('exit', killAtExit);
    await rm(home, { recursive: true, force: true });
  };
  try {
    const url = await addressOf(child);
    return {
      url,
      stop,
      async obeyPolicies() {
        await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** It tells its port in its log, where each request is a line too: the log is read for as long as it runs. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const fail = () => reject(new Error(`moto did not start: ${said.slice(-5).join('\n')}`));
    const late = setTimeout(fail, START_TIMEOUT_MS);
    child.once('exit', fail).once('error', reject);
    if (child.stderr === null) return fail();
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      const [, url] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ?? [];
      if (url === undefined) return;
      clearTimeout(late);
      resolve(url);
    });
  });
}
