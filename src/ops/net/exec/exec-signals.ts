import { readFileSync } from 'node:fs';
import type { System } from '../../../system.ts';

/** Signals that a terminal, or the shell on it, sends to every process of the foreground group. */
const OF_A_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT'];

/**
 * Passes on what this process is told by signals, until the function that comes back is called. What a terminal sends
 * has reached the command already, which is of the same process group: it is not sent twice. `kill` may be given
 * later; what comes before it waits.
 */
export function relaySignals(sys: Pick<System, 'takeSignals' | 'terminal' | 'platform'>): {
  to(kill: (signal: NodeJS.Signals) => void): void;
  end(): void;
} {
  const early: NodeJS.Signals[] = [];
  let kill: (signal: NodeJS.Signals) => void = (signal) => early.push(signal);
  const end = sys.takeSignals((name) => {
    if (!OF_A_TERMINAL.includes(name) || !isForeground(sys)) kill(name);
  });
  return {
    to(next) {
      kill = next;
      for (const signal of early.splice(0)) next(signal);
    },
    end,
  };
}

/** Tells whether this process group is the one that a terminal talks to (proc(5): pgrp and tpgid of stat). */
function isForeground({ platform, terminal }: Pick<System, 'terminal' | 'platform'>): boolean {
  if (platform !== 'linux') return terminal.stdin;
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    // No /proc: what stdin is says it nearly as well.
    return terminal.stdin;
  }
}
