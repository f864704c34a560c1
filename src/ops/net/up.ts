import { randomBytes } from 'node:crypto';
import { HotpassError } from '../../errors.ts';
import { ensureStateFolder } from '../../state/folder.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import type { FoundInstance } from '../ssm/find-instance.ts';
import { foretellSession } from './admit.ts';
import { checkFiles } from './check-files.ts';
import { type Found, findSession } from './find-sessions.ts';
import { clearLeftovers } from './leftovers.ts';
import { logFile } from './logs.ts';
import { comparePlans, type TunnelPlan } from './plan.ts';
import { grantRequestedPorts, previewPorts, type ToldMove, tellMoves } from './ports/grant-ports.ts';
import { findUnrecorded, readSessions, recordOf } from './project-sessions.ts';
import type { TunnelRequest } from './request.ts';
import type { SessionOrder } from './session.ts';
import { type SettledRequest, settleBeside } from './settle.ts';
import { findInherited, inheritedNotes } from './ssh/inherited.ts';
import { lookUpInstance } from './via-ssm/look-up-instance.ts';

/** What `net up` is going to do; `--dry-run` prints it. */
export interface UpPlan {
  /** `start` a session, `keep` the one that runs, or `replace` what a dead one left. */
  readonly action: 'start' | 'keep' | 'replace';
  readonly project: string;
  readonly plan: TunnelPlan;
  readonly moved: readonly ToldMove[];
  readonly notes: readonly string[];
  /** The instance that is meant, as the service knows it by now. */
  readonly instance?: FoundInstance;
}

/** How long a session stays: until it is told to end, as long as this process, or as long as a command uses it. */
export type Stay = 'kept' | 'foreground' | 'lent';

/** Decides what `net up` does, without writing, locking or starting anything. */
export async function planUp(sys: System, project: string, asked: TunnelRequest): Promise<UpPlan> {
  await checkFiles(sys, asked);
  const found = await findLabel(sys, project, asked.plan.label);
  if (found?.kind === 'live') return keepRunning(sys, project, asked, found.description.plan);
  refuseForeign(found);
  const { request, notes: guarded } = await foretellSession(sys, asked);
  const chosen = await previewPorts(sys, project, request);
  const { ssm } = request.plan;
  const [{ moved, notes }, instance] = await Promise.all([
    tellMoves(sys, chosen),
    ssm && lookUpInstance(sys, ssm),
  ]);
  return {
    action: found === undefined ? 'start' : 'replace',
    project,
    plan: { ...request.plan, forwards: chosen.forwards },
    moved,
    notes: [...guarded, ...notes, ...(await noteInherited(sys, request))],
    ...(instance === undefined ? {} : { instance }),
  };
}

async function noteInherited(sys: System, { plan }: SettledRequest): Promise<string[]> {
  return plan.gateway === undefined ? [] : inheritedNotes(await findInherited(sys, plan.gateway));
}

/** A session that is up already and does what is asked. */
interface RunningSession {
  readonly running: Session;
  readonly lent: boolean;
  readonly moved: readonly ToldMove[];
}

/** A session that is to be started. */
interface PreparedSession {
  readonly order: SessionOrder;
  readonly moved: readonly ToldMove[];
}

/**
 * Finds the live session of a request's label. Throws `label-in-use` when it has another plan than is asked for.
 */
export async function findRunning(
  sys: System,
  project: string,
  request: TunnelRequest,
): Promise<Session | undefined> {
  const found = await findLabel(sys, project, request.plan.label);
  if (found?.kind !== 'live') return undefined;
  await keepRunning(sys, project, request, found.description.plan);
  return found.session;
}

/**
 * Does everything that comes before the session's own process: gives the order for it, or the live session that
 * already does what is asked. `admit` gives the request as it may be started, or throws. Ports are chosen and granted under the lock of the ledger.
 */
export async function prepare(
  sys: System,
  project: string,
  asked: TunnelRequest,
  stay: Stay,
  admit: () => Promise<SettledRequest>,
): Promise<PreparedSession | RunningSession> {
  await checkFiles(sys, asked);
  const found = await findLabel(sys, project, asked.plan.label);
  if (found?.kind === 'live') {
    const { moved } = await keepRunning(sys, project, asked, found.description.plan);
    return { running: found.session, lent: found.description.lent === true, moved };
  }
  refuseForeign(found);
  const request = await admit();
  if (found !== undefined) await clearLeftovers(sys, found.session);
  // Before a port is granted or a process started: a folder that takes nothing ends it here.
  await ensureStateFolder(project);
  const chosen = await grantRequestedPorts(sys, project, request);
  // Files and bookmarks may point at the port that was wanted: --quiet does not drop this.
  const { moved, notes } = await tellMoves(sys, chosen);
  for (const note of notes) sys.out.warn(note);
  const order = {
    id: randomBytes(8).toString('hex'),
    nonce: randomBytes(16).toString('hex'),
    project,
    log: logFile(request.plan.label),
    foreground: stay === 'foreground',
    lent: stay === 'lent',
    ...(found === undefined ? {} : { replaces: found.session.id }),
    plan: { ...request.plan, forwards: chosen.forwards },
  };
  return { order, moved };
}

async function findLabel(sys: System, project: string, label: string): Promise<Found | undefined> {
  const recorded = await readSessions(project);
  const session = recorded.find((one) => one.label === label);
  const found = session === undefined ? undefined : await findSession(sys, session);
  if (found !== undefined && found.kind !== 'dead') return found;
  const running = (await findUnrecorded(sys, project, recorded)).find(({ plan }) => plan.label === label);
  return running === undefined ? found : findSession(sys, recordOf(sys, running));
}

async function keepRunning(
  sys: System,
  project: string,
  request: TunnelRequest,
  running: TunnelPlan,
): Promise<UpPlan> {
  return keepPlan(project, await settleBeside(sys, request, running), running);
}

function keepPlan(project: string, request: SettledRequest, running: TunnelPlan): UpPlan {
  const forwards = request.wanted.map((forward) => ({
    ...forward,
    localPort:
      forward.localPort ??
      running.forwards.find(({ name }) => name === forward.name)?.localPort ??
      forward.port,
  }));
  const differences = comparePlans(
    // With --no-auto-port the port itself was asked for, not one in its place.
    request.policy === 'stays' ? withoutMoves(running) : running,
    { ...request.plan, forwards },
    request.fixed,
  );
  if (differences.length > 0) {
    const { label } = request.plan;
    const shown = differences
      .map(({ what, running: now, asked }) => `${what}: ${now} -> ${asked}`)
      .join('; ');
    throw new HotpassError('label-in-use', `label "${label}" is up with another plan: ${shown}`, {
      hint: `hotpass net down ${label}  (or take another --label)`,
      state: 'nothing was changed; the session stays up',
      details: { differences },
    });
  }
  const moved = running.forwards.flatMap(({ name, localPort, movedFrom }) =>
    movedFrom === undefined ? [] : [{ forward: name, from: movedFrom, to: localPort }],
  );
  return { action: 'keep', project, plan: running, moved, notes: [] };
}

function withoutMoves(plan: TunnelPlan): TunnelPlan {
  return { ...plan, forwards: plan.forwards.map((forward) => ({ ...forward, movedFrom: undefined })) };
}

function refuseForeign(found: Found | undefined): void {
  if (found?.kind === 'elsewhere') {
    throw new HotpassError(
      'session-elsewhere',
      `label "${found.session.label}" is a session of ${found.place}, in the same folder`,
      { hint: 'take another --label, or end it there' },
    );
  }
  if (found?.kind === 'silent') {
    throw new HotpassError(
      'supervisor-silent',
      `session "${found.session.label}" does not answer: ${found.why}`,
      {
        hint: `hotpass net down ${found.session.label}`,
      },
    );
  }
}
