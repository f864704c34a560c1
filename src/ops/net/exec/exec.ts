import { constants } from 'node:os';
import { HotpassError, messageOf } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { borrowSession } from './exec-borrow.ts';
import { tellEnvironment } from './exec-environment.ts';
import { findCommand } from './exec-find.ts';
import { relaySignals } from './exec-signals.ts';
import { type ExecArgs, readWanted } from './exec-wanted.ts';
import type { Lease } from './lease.ts';

/** What a shell adds to the number of the signal that ended a command. */
const SIGNAL_BASE = 128;

/**
 * Runs a command with the ports of a session in its environment, and gives its exit code: 128 and the signal's number
 * when a signal ended it. The session is one that is up, or is opened and ends with the last command that uses it.
 * Throws before the command runs: `usage`, `command-not-found`, `command-not-runnable`, and what opening throws.
 */
export async function execCommand(sys: System, args: ExecArgs): Promise<number> {
  const [name, ...more] = args.rest;
  if (name === undefined || name === '') {
    throw new HotpassError('usage', 'net exec needs a command behind "--"', {
      hint: 'hotpass net exec -- COMMAND',
    });
  }
  // A command that is not there must not cost a login.
  findCommand(name, sys.env.PATH);
  const lease = await borrowSession(sys, await readWanted(sys, args));
  try {
    const { variables, replaced } = tellEnvironment(lease.plan, sys.env);
    for (const variable of replaced)
      sys.out.note(`${variable} of the environment is another one; the command gets ${variables[variable]}`);
    sys.out.progress('');
    return await runCommand(sys, lease, [name, ...more], variables);
  } finally {
    // What became of the command is the answer, whatever became of the session.
    await lease.giveBack().catch((error: unknown) => sys.out.warn(messageOf(error)));
  }
}

async function runCommand(
  sys: System,
  lease: Lease,
  argv: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const relay = relaySignals(sys);
  let isRunning = true;
  void lease.ended.then(() => {
    const { label } = lease.session;
    if (isRunning)
      sys.out.warn(`session "${label}" ended while the command runs; see: hotpass net logs ${label}`);
  });
  try {
    if (sys.signal.aborted) throw new HotpassError('interrupted', 'interrupted before the command was run');
    const env = { ...sys.env, ...variables };
    const { exitCode, signal } = await sys.processes.runHere(argv, { env, onStart: relay.to });
    return signal === null ? (exitCode ?? 1) : SIGNAL_BASE + constants.signals[signal];
  } finally {
    isRunning = false;
    relay.end();
  }
}
