import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtProgram, type Sandbox } from '../../support/hotpass.ts';
import type { Sshd } from '../../support/sshd.ts';
import { type InTerminal, startInTerminal } from './in-terminal.ts';
import { eventually } from './sandbox-processes.ts';

/** A program that asks, in a terminal. */
export interface Dialog extends InTerminal {
  /** Waits for a question that was not shown yet. */
  asks(question: string): Promise<void>;
  /** Waits for a question, and types an answer. */
  answer(question: string, typed: string): Promise<void>;
  /** Resolves with everything that was shown, once the program has ended. */
  readonly over: Promise<string>;
}

/**
 * Starts hotpass in a terminal that says at the end how the program went (`code=N`) and how it left the terminal
 * (`stty -a`). `redirect` is for a shell: `</dev/null >file`.
 */
export function startDialog(
  sandbox: Pick<Sandbox, 'env' | 'project'>,
  args: readonly string[],
  redirect = '',
): Dialog {
  const line = [process.execPath, builtProgram, 'net', ...args].join(' ');
  // The shell outlives a Ctrl-C that the program is told of.
  const script = `trap : INT; ${line} ${redirect}; echo "code=$?"; stty -a`;
  const terminal = startInTerminal(['/bin/sh', '-c', script], sandbox);
  let read = 0;
  const asks = async (question: string) => {
    const place = await eventually(
      `${question}, after ${JSON.stringify(terminal.shown())}`,
      async () => {
        const found = terminal.shown().indexOf(question, read);
        return found < 0 ? undefined : found + 1;
      },
      40_000,
    );
    read = place + question.length - 1;
  };
  return {
    ...terminal,
    asks,
    async answer(question, typed) {
      await asks(question);
      terminal.type(typed);
    },
    over: terminal.ended.then(() => terminal.shown().replaceAll('\r\n', '\n')),
  };
}

/** Makes a copy of the key that a server accepts, under a passphrase. */
export async function lockKey(sshd: Sshd, name: string, passphrase: string): Promise<string> {
  const file = join(sshd.folder, name);
  await copyFile(sshd.identity, file);
  await promisify(execFile)('ssh-keygen', ['-q', '-p', '-P', '', '-N', passphrase, '-f', file]);
  return file;
}
