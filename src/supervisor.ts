/** Entry of a session's background process: takes its order from `net up`, plays the session, ends with it. */
import { join } from 'node:path';
import { addVariables, createSystem } from './create-system.ts';
import { asHotpassError } from './errors.ts';
import { playSession, type SessionOrder } from './ops/net/session.ts';
import { createAttendance } from './ops/supervisor/attendance.ts';
import { isEnvironment } from './ops/supervisor/environment.ts';
import { createLog } from './ops/supervisor/log.ts';
import { type FromSupervisor, isMessage, packError, type ToSupervisor } from './ops/supervisor/messages.ts';
import { relayQuestions } from './ops/supervisor/relay.ts';

const sys = createSystem(process);
const starter = relayQuestions((line) => void tell({ type: 'relay', line }));

let ordered = false;
let settled = false;
process.on('disconnect', () => {
  // Whoever asked for the session went away before it was up: nobody knows of it, so it ends.
  if (!settled) endMyself();
});
process.on('message', (message: unknown) => {
  if (!isMessage<ToSupervisor>(message, ['order', 'relay', 'stop'])) return;
  if (message.type === 'stop') endMyself();
  else if (message.type === 'relay') starter.hear(message.line);
  else if (!ordered && isOrder(message.order)) {
    ordered = true;
    if (isEnvironment(message.environment)) addVariables(process, message.environment);
    void play(message.order, message.attended);
  }
});
void tell({ type: 'alive' });

async function play(order: SessionOrder, isAttended: boolean): Promise<void> {
  logCrashes(order);
  const attendance = createAttendance(sys);
  const leave = isAttended ? attendance.join(starter.ask) : () => {};
  try {
    const session = await playSession(sys, order, attendance, (text) => void tell({ type: 'note', text }));
    leave();
    settled = true;
    await tell({ type: 'settled', status: await session.look(1_000) });
    await session.ended;
  } catch (error) {
    await tell({ type: 'failed', error: packError(asHotpassError(error)) });
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
