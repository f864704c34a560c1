/** Entry of a session's background process: takes its order from `net up`, plays the session, ends with it. */
import { createSystem } from './create-system.ts';
import { HotpassError, messageOf } from './errors.ts';
import { playSession, type SessionOrder } from './ops/net/session.ts';
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
tell({ type: 'alive' });

async function play(order: SessionOrder): Promise<void> {
  try {
    const session = await playSession(sys, order, (text) => tell({ type: 'note', text }));
    settled = true;
    tell({ type: 'settled', status: await session.look(1_000) });
    await session.ended;
  } catch (error) {
    const failure =
      error instanceof HotpassError
        ? error
        : new HotpassError('unexpected', messageOf(error), { cause: error });
    tell({ type: 'failed', error: packError(failure) });
    process.exitCode = 1;
  }
  if (process.connected) process.disconnect();
}

/** The way that any signal takes: what was begun is put back. */
function endMyself(): void {
  process.kill(process.pid, 'SIGTERM');
}

function tell(message: FromSupervisor): void {
  // The other end may be gone: that is told by 'disconnect', not by an error here.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

// `net up` of the same installation wrote it: the shape is checked no further than to tell it from garbage.
function isOrder(value: unknown): value is SessionOrder {
  return typeof value === 'object' && value !== null && 'plan' in value && 'nonce' in value && 'id' in value;
}
