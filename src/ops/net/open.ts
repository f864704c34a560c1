import { join } from 'node:path';
import { HotpassError, messageOf } from '../../errors.ts';
import { once } from '../../once.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { findPerson, NOBODY, type Person } from '../person.ts';
import { askControl } from '../supervisor/ask-control.ts';
import { createAttendance } from '../supervisor/attendance.ts';
import { awsEnvironment } from '../supervisor/environment.ts';
import { spawnSupervisor } from '../supervisor/spawn.ts';
import type { Supervised } from '../supervisor/supervise.ts';
import { admitSession } from './admit.ts';
import { ASK_MS } from './ask-patiently.ts';
import { attendSession, keysFor } from './attend.ts';
import { askSession } from './own-socket.ts';
import type { ToldMove } from './ports/grant-ports.ts';
import type { TunnelRequest } from './request.ts';
import { playSession, type SessionOrder } from './session.ts';
import { findInherited, type Inherited, inheritedNotes, NOTHING_INHERITED } from './ssh/inherited.ts';
import { isStatus, type SessionStatus } from './status.ts';
import type { TunnelStopped } from './tunnel.ts';
import { prepare, type Stay } from './up.ts';
import { endAllLeftSsm } from './via-ssm/left-ssm.ts';

/** What `net up` did. */
export interface UpResult {
  /** `kept`: it was up for `net exec` alone, and stays up now. */
  readonly outcome: 'started' | 'already-up' | 'kept';
  readonly status: SessionStatus;
  /** Local ports that are not the ones that were wanted. */
  readonly moved: readonly ToldMove[];
  /** The session itself, where this process holds it. */
  readonly session?: Supervised<SessionStatus, TunnelStopped>;
}

const PORT_TRIES = 4;
const LONGEST_PAUSE_MS = 500;
const WAIT_LOOK_MS = 100;
/** How long a session waits for what ssh_config adds to it. */
const INHERITED_MS = 1_000;
const UNDECIDED = ['starting', 'reconnecting', 'needs-login', 'stopped'] as const;
/** States in which a person can help a session of somebody else's. */
const TO_ATTEND = ['reconnecting', 'needs-login'] as const;

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
  return openWith(sys, project, request, stay, async (order, person) => {
    const status = await spawnSupervisor(sys, {
      order,
      environment: order.plan.ssm === undefined ? {} : awsEnvironment(sys.env),
      label: order.plan.label,
      nonce: order.nonce,
      log: join(project, order.log),
      onNote: (text) => sys.out.note(text),
      ask: person?.ask,
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
  return openWith(sys, project, request, 'foreground', async (order, person) => {
    const attendance = createAttendance(sys);
    const leave = person === undefined ? () => {} : attendance.join(person.ask);
    const session = await playSession(sys, order, attendance, (text) => sys.out.note(text));
    leave();
    return { outcome: 'started', status: await session.look(1_000), session };
  });
}

/** Holds a session in this process until it is stopped; Ctrl-C is its normal end. Throws the reason of any other end. */
export async function stayOpen(session: Supervised<SessionStatus, TunnelStopped>): Promise<void> {
  const reason = await session.ended;
  if (reason !== undefined) throw reason;
}

type Start = (order: SessionOrder, person: Person | undefined) => Promise<Omit<UpResult, 'moved'>>;

/** Whoever sits at the terminal may be asked until the session is up. */
async function openWith(
  sys: System,
  project: string,
  request: TunnelRequest,
  stay: Stay,
  start: Start,
): Promise<UpResult> {
  // Beside the start, which it does not concern: it takes credentials and a network.
  const left = endAllLeftSsm(sys, project);
  left.catch(() => {});
  const person = request.plan.gateway === undefined ? undefined : await findPerson(sys);
  try {
    const opened = await openAttended(sys, project, request, stay, person, start);
    await left;
    return opened;
  } finally {
    person?.close();
  }
}

/** Another `net up` may take the label, or a stranger the port, between our look and our grasp: then we look again. */
async function openAttended(
  sys: System,
  project: string,
  request: TunnelRequest,
  stay: Stay,
  person: Person | undefined,
  start: Start,
): Promise<UpResult> {
  // Beside the choice of the ports. A `Match exec` of ssh_config may take its time: the session does not hang on it.
  const asked = askInherited(sys, request);
  const admit = once(() => admitSession(sys, request));
  const deadline = sys.monotonic() + request.plan.timeoutMs;
  for (let tries = 1; ; tries += 1) {
    try {
      // In here too: who took the label after the look holds its ports when they are to be granted.
      const prepared = await prepare(sys, project, request, stay, admit);
      const { moved } = prepared;
      if (!('running' in prepared)) {
        const opened = await start({ ...prepared.order, inherited: await inTime(sys, asked) }, person);
        for (const note of inheritedNotes(await asked)) sys.out.note(note);
        return { ...opened, moved };
      }
      const isKept = prepared.lent && stay !== 'lent' && (await keepSession(sys, prepared.running));
      // No question of SSM's is answered at a terminal: who comes has logged in elsewhere, perhaps just now.
      const helper = prepared.running.via === 'ssm' ? NOBODY : person;
      const status = await waitUntilDecided(sys, prepared.running, request, helper);
      if (status !== undefined) return { outcome: isKept ? 'kept' : 'already-up', status, moved };
    } catch (error) {
      const mayPass = isRace(error) ? sys.monotonic() < deadline : isPortBusy(error) && tries < PORT_TRIES;
      if (!mayPass || sys.signal.aborted) throw error;
    }
    await sys.sleep(Math.min(LONGEST_PAUSE_MS, 20 * tries));
  }
}

/**
 * Tells whether somebody registered the label after our look: theirs is waited for, or ours follows when it has ended.
 * One that is up with another plan has its differences with it.
 */
function isRace(error: unknown): boolean {
  return error instanceof HotpassError && error.code === 'label-in-use' && error.details === undefined;
}

function isPortBusy(error: unknown): boolean {
  return error instanceof HotpassError && error.code === 'port-busy';
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

/**
 * Waits for a session that somebody else is opening, or that lost its way; a person may help it in again. Gives
 * undefined when it ended meanwhile.
 */
async function waitUntilDecided(
  sys: System,
  session: Session,
  { guard, plan }: TunnelRequest,
  person: Person | undefined,
): Promise<SessionStatus | undefined> {
  const began = sys.monotonic();
  const left = () => began + plan.timeoutMs + (person?.takenMs() ?? 0) - sys.monotonic();
  for (;;) {
    const status = await askControl(session.socket, { op: 'look', maxAgeMs: 1_000 }, ASK_MS);
    if (!isStatus(status)) return undefined;
    // One that was told to end is waited for too: its label is free when it is gone.
    if (!UNDECIDED.some((state) => state === status.state)) return status;
    if (sys.signal.aborted) throw new HotpassError('interrupted', 'interrupted before the session was up');
    if (left() <= 0) throw stillWaiting(session, status);
    if (person !== undefined && TO_ATTEND.some((state) => state === status.state)) {
      const keys = status.state === 'needs-login' ? await keysFor(sys, session, guard) : undefined;
      const attended = await attendSession(sys, session.socket, person, left(), keys);
      // They were asked, and it did not help: that is an answer.
      if (attended?.state === 'needs-login' && !sys.signal.aborted) return attended;
    } else await sys.sleep(WAIT_LOOK_MS);
  }
}

function stillWaiting({ label }: Session, { state, reason, next }: SessionStatus): HotpassError {
  return new HotpassError('not-ready', `session "${label}" is ${state}: ${reason ?? 'no reason given'}`, {
    hint: next,
    state: state === 'stopped' ? undefined : 'the session goes on trying',
  });
}
