import type { TargetConfig } from '../../../config/schema.ts';
import { HotpassError } from '../../../errors.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { Session } from '../../../state/net.ts';
import { portStore } from '../../../state/ports.ts';
import { userDirs } from '../../../state/user-dirs.ts';
import type { System } from '../../../system.ts';
import { guardOf } from '../../guard/guard.ts';
import { type Found, findSession } from '../find-sessions.ts';
import { needsPerson } from '../needs-person.ts';
import { openSession } from '../open.ts';
import type { Requirement } from '../plan.ts';
import type { PortPolicy } from '../ports/ports.ts';
import { readSessions } from '../project-sessions.ts';
import { unknownLabel } from '../select.ts';
import type { SessionStatus } from '../status.ts';
import { planUp } from '../up.ts';
import { judgeStatus } from '../verdict.ts';
import { needsConfig, resumeRequest } from './resume-request.ts';

export interface Resume {
  /** Labels or targets; every session of the project when there is none. */
  readonly names: readonly string[];
  readonly policy: PortPolicy;
  readonly require: Requirement;
  readonly dryRun: boolean;
  /** Reads the net block of a target; throws what `loadConfig` throws. */
  readonly readNet: (target: string) => Promise<TargetConfig['net']>;
  /** Reads what the guard of a target says; undefined where no file says anything of the kind. Throws `target-unknown`. */
  readonly readGuarded: (target: string) => Promise<TargetConfig | undefined>;
  /** The target that `--confirm` names. */
  readonly confirm: string | undefined;
}

/** What became of one recorded session. */
export interface Resumed {
  readonly label: string;
  readonly target: string;
  /** `left` was not to be brought back; `failed` was, and is not there, or not as it should be. */
  readonly outcome: 'resumed' | 'would-resume' | 'already-up' | 'left' | 'failed';
  readonly reason?: string;
  readonly code?: string;
  readonly next?: string | undefined;
  readonly status?: SessionStatus;
}

/**
 * Opens every recorded session again whose background process is gone, side by side, exactly as it was. One that does
 * not come up stays on record. Throws `label-unknown` and `state-invalid`; all else is an outcome.
 */
export async function resumeSessions(sys: System, project: string, resume: Resume): Promise<Resumed[]> {
  const recorded = await readSessions(project);
  const isNamed = ({ label, target }: Session, name: string) => name === label || name === target;
  const unknown = resume.names.find((name) => !recorded.some((session) => isNamed(session, name)));
  if (unknown !== undefined) throw unknownLabel(unknown, recorded);
  const meant = recorded.filter(
    (session) => resume.names.length === 0 || resume.names.some((name) => isNamed(session, name)),
  );
  const found = await Promise.all(meant.map((session) => findSession(sys, session)));
  const isAlone = found.filter(({ kind }) => kind === 'dead').length === 1;
  // What a person must help with comes after the others, one by one: there is one terminal.
  const mayAsk = !isAlone && !resume.dryRun && (await hasTerminal(sys));
  const isToAsk = (one: Resumed) => mayAsk && needsPerson(one);
  const tryOne = async (one: Found, isAttended: boolean): Promise<Resumed> => {
    const named = withName(sys, one.session.label, isAttended);
    const resumed = await resumeOne(named, project, one, resume);
    if (resume.dryRun || (isToAsk(resumed) && !isAttended)) return resumed;
    named.out.note(`${outcomeWord(resumed)}${resumed.reason ? `, ${resumed.reason}` : ''}`);
    return resumed;
  };
  const first = await Promise.all(found.map((one) => tryOne(one, isAlone)));
  const outcomes: Resumed[] = [];
  for (const [index, one] of first.entries()) {
    const again = isToAsk(one) && !sys.signal.aborted ? found[index] : undefined;
    outcomes.push(again === undefined ? one : await tryOne(again, true));
  }
  return outcomes;
}

async function hasTerminal(sys: System): Promise<boolean> {
  const tty = await sys.openTty();
  tty?.close();
  return tty !== undefined;
}

/** Says in a word what became of a session. */
export function outcomeWord({ outcome, status }: Resumed): string {
  const words = {
    resumed: 'back',
    'would-resume': 'would be opened',
    'already-up': 'up already',
    left: 'left out',
    // What is up all the same is called what it is.
    failed: status?.state ?? 'failed',
  } as const;
  return words[outcome];
}

async function resumeOne(sys: System, project: string, found: Found, resume: Resume): Promise<Resumed> {
  const { label, target } = found.session;
  if (found.kind === 'live') return { label, target, outcome: 'already-up' };
  if (found.kind === 'elsewhere') {
    return { label, target, outcome: 'left', reason: `it belongs to ${found.place}` };
  }
  if (found.session.foreground) {
    return { label, target, outcome: 'left', reason: 'it ran in the foreground of who started it' };
  }
  if (found.session.lent) {
    return { label, target, outcome: 'left', reason: 'it was there for net exec alone' };
  }
  try {
    if (found.kind === 'silent') throw silent(found);
    return { label, target, ...(await reopen(sys, project, found.session, resume)) };
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    return { label, target, outcome: 'failed', reason: error.message, code: error.code, next: error.hint };
  }
}

async function reopen(
  sys: System,
  project: string,
  session: Session,
  resume: Resume,
): Promise<Pick<Resumed, 'outcome' | 'reason' | 'code' | 'next' | 'status'>> {
  const { policy, require } = resume;
  const { label, target } = session;
  const [ledger, net, guarded] = await Promise.all([
    portStore.read(userDirs(sys).privateState),
    needsConfig(session) ? resume.readNet(target) : undefined,
    resume.readGuarded(target).catch((error: unknown) => Promise.reject(explainUnknown(error, session))),
  ]);
  const guard = guardOf(target, guarded ?? {}, {
    confirm: resume.confirm,
    command: ['hotpass', 'net', 'up', '--resume', label],
  });
  const request = resumeRequest(session, { project, ledger, net, guard, policy, require });
  if (resume.dryRun) {
    for (const note of (await planUp(sys, project, request)).notes) sys.out.note(note);
    return { outcome: 'would-resume' };
  }
  const { status } = await openSession(sys, project, request);
  const problem = judgeStatus(status, require);
  if (problem === undefined) return { outcome: 'resumed', status };
  return { outcome: 'failed', reason: problem.message, code: problem.code, next: problem.hint, status };
}

/** A target that was renamed may be protected by now: nobody knows what guards this one. */
function explainUnknown(error: unknown, { target, label }: Session): unknown {
  if (!(error instanceof HotpassError) || error.code !== 'target-unknown') return error;
  return new HotpassError(error.code, `target ${target} is not in the config any more`, {
    hint: shellCommand(['hotpass', 'net', 'down', label]),
  });
}

/** Several sessions speak at once: each remark says whose it is, and only one that is attended may ask. */
function withName(sys: System, label: string, isAttended: boolean): System {
  const { out } = sys;
  return {
    ...sys,
    openTty: isAttended ? sys.openTty : async () => undefined,
    out: {
      ...out,
      note: (text) => out.note(`${label}: ${text}`),
      warn: (text) => out.warn(`${label}: ${text}`),
    },
  };
}

function silent({ session, why }: Extract<Found, { kind: 'silent' }>): HotpassError {
  return new HotpassError('supervisor-silent', `its background process does not answer: ${why}`, {
    hint: `hotpass net down ${session.label}`,
  });
}
