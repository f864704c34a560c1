import { spawn } from 'node:child_process';
import type { Ended, Sandbox } from '../../support/hotpass.ts';

const TIMEOUT_MS = 30_000;

/** Runs a program with the environment and in the project of a sandbox, behind some others (`setpriv …`, `sh -c …`). */
export function runProgram(
  before: readonly string[],
  argv: readonly string[],
  sandbox: Pick<Sandbox, 'env' | 'project'>,
): Promise<Ended> {
  const [file = '', ...args] = [...before, ...argv];
  const child = spawn(file, args, {
    cwd: sandbox.project,
    env: { ...sandbox.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    // Without a terminal, also where the tests run in one.
    detached: true,
  });
  return new Promise((resolve, reject) => {
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said.stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...said }));
  });
}
