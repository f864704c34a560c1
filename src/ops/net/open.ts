import { join } from 'node:path';
import { HotpassError, messageOf } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { askControl } from '../supervisor/ask-control.ts';
import { spawnSupervisor } from '../supervisor/spawn.ts';
import type { Supervised } from '../supervisor/supervise.ts';
import { ASK_MS } from './find-sessions.ts';
import { askSession } from './own-socket.ts';
import type { TunnelRequest } from './request.ts';
import { playSession, type SessionOrder } from './session.ts';
import { findInherited, type Inherited, inheritedNotes, NOTHING_INHERITED } from './ssh/inherited.ts';
import { isStatus, type SessionStatus } from './status.ts';
import type { TunnelStopped } from './tunnel.ts';
import { prepare, type Stay } from './up.ts';

/** What `net up` did. */
export interface UpResult {
  /** `kept`: it was up for `net exec` alone, and stays up now. */
  readonly outcome: 'started' | 'already-up' | 'kept';
  readonly status: SessionStatus;
  /** The session itself, where this process holds it. */
  readonly session?: Supervised<SessionStatus, TunnelStopped>;
}

const TRIES = 4;
const WAIT_LOOK_MS = 100;
/** How long a session waits for what ssh_config adds to it. */
const INHERITED_MS = 1_000;
const UNDECIDED = ['starting', 'reconnecting', 'needs-login', 'stopped'] as const;

/**
 * Opens a session in the background and waits until it works, or finds that it does already.
 * Throws `label-in-use` when a live session of the label has another plan, and whatever stands in the way.
 */
export async function openSession(
  sys: System,
  project: string,
  request: TunnelRequest,
  stay: Exclude<Stay, 'foreground'> = 'kept',
): Promise<UpResult> {
  return openWith(sys, project, request, stay, async (order) => {
    const status = await spawnSupervisor(sys, {
      order,
      label: order.plan.label,
      nonce: order.nonce,
      log: join(project, order.log),
      onNote: (text) => sys.out.note(text),
    });
    if (!isStatus(status))
      throw new HotpassError('supervisor-failed', 'the background process gave no status');
    return { outcome: 'started', status };
  });
}

/** Opens a session in this process; it lives as long as the process does. Throws as `openSession`. */
export async function openForeground(
  sys: System,
  project: string,
  request: TunnelRequest,
): Promise<UpResult> {
  return openWith(sys, project, request, 'foreground', async (order) => {
    const session = await playSession(sys, order, (text) => sys.out.note(text));
    return { outcome: 'started', status: await session.look(1_000), session };
  });
}

/** Holds a session in this process until it is stopped; Ctrl-C is its normal end. Throws the reason of any other end. */
export async function stayOpen(session: Supervised<SessionStatus, TunnelStopped>): Promise<void> {
  const reason = await session.ended;
  if (reason !== undefined) throw reason;
}

/** Another `net up` may take the label, or a stranger the port, between our look and our grasp: then we look again. */
async function openWith(
  sys: System,
  project: string,
  request: TunnelRequest,
  stay: Stay,
  start: (order: SessionOrder) => Promise<UpResult>,
): Promise<UpResult> {
  // Beside the choice of the ports. A `Match exec` of ssh_config may take its time: the session does not hang on it.
  const asked = askInherited(sys, request);
  for (let tries = 1; ; tries += 1) {
    const order = await prepare(sys, project, request, stay);
    try {
      if (!('running' in order)) {
        const opened = await start({ ...order, inherited: await inTime(sys, asked) });
        for (const note of inheritedNotes(await asked)) sys.out.note(note);
        return opened;
      }
      const isKept = order.lent && stay !== 'lent' && (await keepSession(sys, order.running));
      const status = await waitUntilDecided(sys, order.running, request);
      if (status !== undefined) return { outcome: isKept ? 'kept' : 'already-up', status };
    } catch (error) {
      const raced = error instanceof HotpassError && ['port-busy', 'label-in-use'].includes(error.code);
      if (!raced || tries >= TRIES || sys.signal.aborted) throw error;
    }
    await sys.sleep(20 * tries);
  }
}

async function askInherited(sys: System, request: TunnelRequest): Promise<Inherited> {
  const { gateway } = request.plan;
  if (gateway === undefined) return NOTHING_INHERITED;
  return findInherited(sys, gateway).catch((error: unknown) => {
    // Without ssh the session itself says what is missing.
    sys.out.detail(`ssh -G: ${messageOf(error)}`);
    return NOTHING_INHERITED;
  });
}

async function inTime(sys: System, asked: Promise<Inherited>): Promise<Inherited | undefined> {
  const answered = new AbortController();
  const late = sys.sleep(INHERITED_MS, answered.signal).then(() => undefined);
  const known = await Promise.race([asked, late]);
  answered.abort();
  return known;
}

/** Asks a lent session to stay; false when it is just ending, and then its label is free soon. */
async function keepSession(sys: System, session: Session): Promise<boolean> {
  const answer = await askSession(sys, session, { op: 'keep' }, ASK_MS);
  return typeof answer === 'object' && answer !== null && Reflect.get(answer, 'kept') === true;
}

/** Waits for a session that somebody else is opening; undefined when it ended meanwhile. */
async function waitUntilDecided(
  sys: System,
  session: Session,
  request: TunnelRequest,
): Promise<SessionStatus | undefined> {
  const deadline = sys.monotonic() + request.plan.timeoutMs;
  for (;;) {
    const status = await askControl(session.socket, { op: 'look', maxAgeMs: 1_000 }, ASK_MS);
    if (!isStatus(status)) return undefined;
    // One that was told to end is waited for too: its label is free when it is gone.
    if (!UNDECIDED.some((state) => state === status.state)) return status;
    if (sys.signal.aborted) throw new HotpassError('interrupted', 'interrupted before the session was up');
    if (sys.monotonic() > deadline) {
      throw new HotpassError(
        'not-ready',
        `session "${session.label}" is ${status.state}: ${status.reason ?? 'no reason given'}`,
        {
          hint: status.next,
          state: status.state === 'stopped' ? undefined : 'the session goes on trying',
        },
      );
    }
    await sys.sleep(WAIT_LOOK_MS);
  }
}
