import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createDeferred } from '../../deferred.ts';
import { HotpassError, messageOf } from '../../errors.ts';
import type { Environment, System } from '../../system.ts';
import type { Ask } from './attendance.ts';
import { scrubEnvironment } from './environment.ts';
import { openLog } from './log.ts';
import { type FromSupervisor, isMessage, unpackError } from './messages.ts';
import { relayAnswers } from './relay.ts';

export interface SpawnSupervisor {
  /** What the process is to do; sent to it, never on its command line. */
  readonly order: object;
  /** Variables that it gets besides, and that nobody sees in the process list. */
  readonly environment: Environment;
  /** Stands in the process list, for people. */
  readonly label: string;
  readonly nonce: string;
  /** Absolute path; takes what node itself says if the process crashes. */
  readonly log: string;
  readonly onNote: (text: string) => void;
  /** Asks the person who waits; undefined when there is none. */
  readonly ask: Ask | undefined;
}

/** Longest time the process may take to say that it is there at all, on a busy machine. */
const ALIVE_MS = 20_000;

/**
 * Starts the background process of a session and waits until its work is settled; gives the status that it reports.
 * When the work fails, or the operator gives up, the process is gone before this throws.
 */
export async function spawnSupervisor(sys: System, spawn: SpawnSupervisor): Promise<unknown> {
  const output = openOwnLog(spawn.log);
  const child = await sys.processes
    .start([sys.program.node, ...SMALL.flags, sys.program.supervisor, spawn.label], {
      env: { ...scrubEnvironment(sys.env, spawn.nonce), ...SMALL.env },
      // Not the project: a process that lives for days must not keep a folder busy.
      cwd: '/',
      detached: true,
      ipc: true,
      output,
    })
    .finally(() => closeSync(output));

  const settled = createDeferred<unknown>();
  const alive = createDeferred<void>();
  const { ask } = spawn;
  const relay =
    ask === undefined ? undefined : relayAnswers(ask, (line) => void child.send({ type: 'relay', line }));
  child.onMessage((message) => {
    if (!isMessage<FromSupervisor>(message, ['alive', 'note', 'relay', 'settled', 'failed'])) return;
    if (message.type === 'relay') relay?.hear(message.line);
    if (message.type === 'alive') alive.resolve();
    if (message.type === 'note') spawn.onNote(message.text);
    if (message.type === 'settled') settled.resolve(message.status);
    if (message.type === 'failed') settled.resolve(unpackError(message.error));
  });
  const stop = () => child.send({ type: 'stop' });
  sys.signal.addEventListener('abort', stop);
  const { order, environment } = spawn;
  child.send({ type: 'order', order, attended: ask !== undefined, environment });
  if (sys.signal.aborted) stop();
  try {
    const died = child.exited.then(({ exitCode, signal }) => diedError(spawn, signal ?? `code ${exitCode}`));
    const patience = new AbortController();
    const mute = sys.sleep(ALIVE_MS, patience.signal).then(() => patience.signal.aborted);
    const first = await Promise.race([alive.promise.then(() => true), died, mute]);
    patience.abort();
    if (first === false) child.kill('SIGKILL');
    const outcome = await Promise.race([settled.promise, died]);
    if (outcome instanceof HotpassError) {
      await child.exited;
      throw sys.signal.aborted
        ? new HotpassError('interrupted', 'interrupted before the session was up')
        : outcome;
    }
    return outcome;
  } finally {
    sys.signal.removeEventListener('abort', stop);
    child.release();
  }
}

/**
 * A background process spends its life waiting: a small young generation keeps its memory near an idle node's. glibc
 * gives each thread a heap of its own, and they fill up with gaps as the days go by (`npm run bench day`); one will do.
 */
export const SMALL = {
  flags: ['--max-semi-space-size=1'],
  env: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' },
} as const;

function openOwnLog(file: string): number {
  try {
    return openLog(file);
  } catch (cause) {
    throw new HotpassError('state-unwritable', `log ${file} cannot be written: ${messageOf(cause)}`, {
      hint: `ls -ld ${dirname(file)} ${file}`,
      cause,
    });
  }
}

function diedError(spawn: SpawnSupervisor, how: string): HotpassError {
  return new HotpassError('supervisor-failed', `the background process of ${spawn.label} ended with ${how}`, {
    hint: `see: hotpass net logs ${spawn.label}`,
  });
}
