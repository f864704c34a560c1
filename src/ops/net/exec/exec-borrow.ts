import { HotpassError } from '../../../errors.ts';
import type { Session } from '../../../state/net.ts';
import type { System } from '../../../system.ts';
import { findUnrecorded, readSessions, recordOf } from '../project-sessions.ts';
import type { TunnelRequest } from '../request.ts';
import type { Waiting } from '../request-waiting.ts';
import { judgeStatus } from '../verdict.ts';
import { type Lease, takeLease } from './lease.ts';

/** Which session a command wants. What it takes to open one is only asked for where none is up. */
export interface Wanted {
  readonly project: string;
  readonly label: string;
  /** Must be the session's; undefined where only its label was named. */
  readonly target: string | undefined;
  /** True: the command line says more of the session than its name, and it must be so. */
  readonly hasPlan: boolean;
  request(): Promise<TunnelRequest>;
  /** Throws `confirm-missing` where the target of a session that is up is protected, `target-unknown` where nobody knows. */
  confirm(target: string): Promise<void>;
  waiting(): Promise<Waiting>;
}

/** A session may be just ending when it is asked for; then another one is opened, and that may happen again. */
const TRIES = 8;
const TRY_AGAIN_MS = 20;

/**
 * Takes a lease of a session that is ready: of the one that is up, else of one that is opened for this. Throws what
 * opening throws, `label-in-use`, `confirm-missing`, and `not-ready` or the session's own code when it is not ready in time.
 */
export async function borrowSession(sys: System, wanted: Wanted): Promise<Lease> {
  const began = sys.monotonic();
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const session = await findWanted(sys, wanted);
    if (session !== undefined) await wanted.confirm(session.target);
    const lease = session && (await takeLease(sys, session));
    if (lease === undefined) await open(sys, wanted, tries);
    else if (await waitUntilReady(sys, wanted, lease, sys.monotonic() - began)) return lease;
  }
  throw new HotpassError('not-ready', `session "${wanted.label}" ends each time before it can be used`, {
    hint: `hotpass net logs ${wanted.label}`,
  });
}

async function findWanted(sys: System, wanted: Wanted): Promise<Session | undefined> {
  const { project, label, target } = wanted;
  if (wanted.hasPlan) {
    const [{ findRunning }, request] = await Promise.all([import('../up.ts'), wanted.request()]);
    return findRunning(sys, project, request);
  }
  const recorded = await readSessions(project);
  const session =
    recorded.find((one) => one.label === label) ??
    (await findUnrecorded(sys, project, recorded))
      .map((one) => recordOf(sys, one))
      .find((one) => one.label === label);
  if (session === undefined || target === undefined || session.target === target) return session;
  throw new HotpassError(
    'label-in-use',
    `label "${label}" is a session of target ${session.target}, not ${target}`,
    {
      hint: `hotpass net exec ${session.target} --label ${label} -- …  (or take another --label)`,
      state: 'nothing was changed',
    },
  );
}

async function open(sys: System, wanted: Wanted, tries: number): Promise<void> {
  const [{ openSession }, { checkNames }, request] = await Promise.all([
    import('../open.ts'),
    import('./exec-environment.ts'),
    wanted.request(),
  ]);
  checkNames([...request.wanted, ...(request.endpoint === undefined ? [] : [request.endpoint])]);
  if (tries > 1) await sys.sleep(TRY_AGAIN_MS * tries);
  sys.out.progress(`opening ${wanted.label} …`);
  await openSession(sys, wanted.project, request, 'lent');
}

/** Gives false when the session ended meanwhile. */
async function waitUntilReady(sys: System, wanted: Wanted, lease: Lease, spentMs: number): Promise<boolean> {
  if (judgeStatus(lease.status, 'service') === undefined) return true;
  try {
    const { timeoutMs, require } = await wanted.waiting();
    if (judgeStatus(lease.status, require) === undefined) return true;
    const { waitForSession } = await import('../watch/wait.ts');
    const wait = {
      label: wanted.label,
      aim: 'ready',
      require,
      timeoutMs,
      spentMs,
    } as const;
    const ready = waitForSession(sys, wanted.project, wait).then(() => true);
    return await Promise.race([ready, lease.ended.then(() => false)]);
  } catch (error) {
    await lease.giveBack().catch((failure: unknown) => sys.out.detail(String(failure)));
    throw error;
  }
}
