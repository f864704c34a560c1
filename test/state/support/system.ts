import { setTimeout as sleepFor } from 'node:timers/promises';
import type { LockSystem } from '../../../src/state/lock.ts';
import type { IdentitySystem } from '../../../src/state/owner.ts';
import type { RunResult } from '../../../src/system.ts';

/** The parts of a System that state needs: this process, real time, and a program table for other platforms. */
export function stateSystem(over: Partial<LockSystem> = {}): LockSystem {
  return {
    env: {},
    pid: process.pid,
    platform: process.platform,
    processes: { run: async (argv) => Promise.reject(new Error(`unexpected program: ${argv.join(' ')}`)) },
    sleep: async (ms, signal) => {
      await sleepFor(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
    },
    ...over,
  };
}

/** A System of another platform, whose programs answer from a table keyed by the command line. */
export function foreignSystem(answers: Readonly<Record<string, string>>): IdentitySystem {
  const run = async (argv: readonly string[]): Promise<RunResult> => {
    const stdout = answers[argv.join(' ')];
    return { exitCode: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' };
  };
  return { env: {}, pid: 4711, platform: 'darwin', processes: { run } };
}
