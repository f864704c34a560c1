import { execFile, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { endProcess } from './processes.ts';
import { realPath } from './real.ts';

const POLL_MS = 10;
const START_TIMEOUT_MS = 10_000;

/** A running ssh-agent. */
export interface SshAgent {
  /** For IdentityAgent of ssh_config. */
  readonly socket: string;
  /** Gives it a key that has no passphrase. */
  add(key: string): Promise<void>;
  /** Takes all keys away. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an ssh-agent that holds no key. */
export async function startSshAgent(socket: string): Promise<SshAgent> {
  const child = spawn(realPath('ssh-agent'), ['-D', '-a', socket], { stdio: 'ignore' });
  const deadline = Date.now() + START_TIMEOUT_MS;
  const isThere = () =>
    access(socket).then(
      () => true,
      () => false,
    );
  while (!(await isThere())) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error('ssh-agent did not start');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const change = async (...args: string[]) => {
    await promisify(execFile)('ssh-add', ['-q', ...args], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  };
  return {
    socket,
    add: (key) => change(key),
    empty: () => change('-D'),
    stop: () => endProcess(child),
  };
}
