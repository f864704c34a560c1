/** Entry of a session's background process: takes its order from `net up`, plays the session, ends with it. */
import { join } from 'node:path';
import { createSystem } from './create-system.ts';
import { HotpassError, messageOf } from './errors.ts';
import { playSession, type SessionOrder } from './ops/net/session.ts';
import { createLog } from './ops/supervisor/log.ts';
import { type FromSupervisor, isMessage, packError, type ToSupervisor } from './ops/supervisor/messages.ts';

const sys = createSystem(process);

let ordered = false;
let settled = false;
process.on('disconnect', () => {
  // Whoever asked for the session went away before it was up: nobody knows of it, so it ends.
  if (!settled) endMyself();
});
process.on('message', (message: unknown) => {
  if (!isMessage<ToSupervisor>(message, ['order', 'stop'])) return;
  if (message.type === 'stop') endMyself();
  else if (!ordered && isOrder(message.order)) {
    ordered = true;
    void play(message.order);
  }
});
void tell({ type: 'alive' });

async function play(order: SessionOrder): Promise<void> {
  logCrashes(order);
  try {
    const session = await playSession(sys, order, (text) => void tell({ type: 'note', text }));
    settled = true;
    await tell({ type: 'settled', status: await session.look(1_000) });
    await session.ended;
  } catch (error) {
    const failure =
      error instanceof HotpassError
        ? error
        : new HotpassError('unexpected', messageOf(error), { cause: error });
    await tell({ type: 'failed', error: packError(failure) });
    process.exitCode = 1;
  }
  // All of the session is gone by now: nothing that somebody else still holds open may keep this process alive.
  process.exit();
}

/** A crash is one entry of the session's log, and not a page of our source. */
function logCrashes(order: SessionOrder): void {
  const log = createLog(sys, join(order.project, order.log));
  process.on('uncaughtException', (error) => {
    log.write(`crashed: ${error.stack ?? error.message}`);
    process.exit(1);
  });
}

/** The way that any signal takes: what was begun is put back. */
function endMyself(): void {
  process.kill(process.pid, 'SIGTERM');
}

/** Resolves when the message is on its way. */
function tell(message: FromSupervisor): Promise<void> {
  return new Promise((resolve) => {
    // The other end may be gone: that is told by 'disconnect', not by an error here.
    if (!process.connected || process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

// `net up` of the same installation wrote it: the shape is checked no further than to tell it from garbage.
function isOrder(value: unknown): value is SessionOrder {
  return typeof value === 'object' && value !== null && 'plan' in value && 'nonce' in value && 'id' in value;
}
