import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Sandbox } from '../../support/hotpass.ts';
import { realPath } from '../../support/real.ts';

/** A program that runs in a terminal of its own. */
export interface InTerminal {
  /** What the terminal shows so far. */
  shown(): string;
  type(text: string): void;
  /** Takes the terminal away, as a closed window or a lost login does. */
  vanish(): void;
  /** Resolves with the program's exit code; null when the terminal went first. */
  readonly ended: Promise<number | null>;
}

/** Starts a program in a pseudo terminal (util-linux' script), with the environment of a sandbox. */
export function startInTerminal(
  argv: readonly string[],
  sandbox: Pick<Sandbox, 'env' | 'project'>,
): InTerminal {
  const command = argv.map((word) => `'${word}'`).join(' ');
  const child = spawn(realPath('script'), ['-qefc', `exec ${command}`, '/dev/null'], {
    cwd: sandbox.project,
    // Without a shell of the user's own in between.
    env: { ...sandbox.env, SHELL: '/bin/sh', TERM: 'xterm' },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
  });
  child.stdin.on('error', () => undefined);
  return {
    shown: () => shown,
    type: (text) => void child.stdin.write(text),
    vanish: () => void child.kill('SIGKILL'),
    ended: once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null)),
  };
}
