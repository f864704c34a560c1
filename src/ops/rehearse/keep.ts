import { closeSync, promises } from 'node:fs';
import { HotpassError, isErrno } from '../../errors.ts';
import { NEVER } from '../../signals.ts';
import { withLock } from '../../state/lock.ts';
import { judgeOwner } from '../../state/owner.ts';
import { ensurePrivateDir, isOwnDir } from '../../state/user-dirs.ts';
import type { Child, System } from '../../system.ts';
import { scrubEnvironment } from '../supervisor/environment.ts';
import { openLog } from '../supervisor/log.ts';
import { clearPlace } from './clear.ts';
import { askRehearsal } from './control.ts';
import { isRehearsal, type Rehearsal } from './describe.ts';
import { REHEARSAL_VARIABLE, type RehearsalPlace } from './place.ts';

/** A rehearsal, and whether it was there before. */
export interface Kept {
  readonly outcome: 'started' | 'found';
  readonly rehearsal: Rehearsal;
}

const ANSWER_MS = 5_000;
const READY_MS = 20_000;
/** Sessions that have to be ended first take their time. */
const END_MS = 60_000;
const LOOK_MS = 20;

/** Finds the rehearsal that runs at a place; undefined when none does. Throws `rehearsal-failed` for one of another version. */
export async function findRehearsal(sys: System, place: RehearsalPlace): Promise<Rehearsal | undefined> {
  // What others could have put there is not asked.
  if (!(await isOwnDir(place.folder, sys.uid))) return undefined;
  const said = await askRehearsal(place.socket, { op: 'describe' }, ANSWER_MS);
  if (said === undefined || isRehearsal(said)) return said;
  throw new HotpassError('rehearsal-failed', 'a rehearsal of another version of hotpass runs', {
    hint: 'hotpass rehearse --end',
  });
}

/** Finds the rehearsal, or starts a background process that plays one, and waits until it stands. */
export async function keepRehearsal(sys: System, place: RehearsalPlace, forMs: number): Promise<Kept> {
  await ensurePrivateDir(place.folder, sys.uid);
  return withLock(sys, place.lock, async () => {
    const found = await findRehearsal(sys, place);
    if (found !== undefined) return { outcome: 'found', rehearsal: found };
    await clearPlace(sys, place);
    const child = await start(sys, place, forMs);
    try {
      return { outcome: 'started', rehearsal: await untilReady(sys, place, child) };
    } catch (error) {
      child.kill('SIGTERM');
      throw error;
    } finally {
      child.release();
    }
  });
}

/** Ends the rehearsal of a place, or what a dead one left. Gives the labels of its sessions; undefined when nothing was there. */
export async function endRehearsal(
  sys: System,
  place: RehearsalPlace,
): Promise<readonly string[] | undefined> {
  if (!(await isOwnDir(place.folder, sys.uid))) return undefined;
  const rehearsal = await findRehearsal(sys, place);
  const answer = await askRehearsal(place.socket, { op: 'end' }, END_MS);
  const left = answer === undefined ? await clearPlace(sys, place) : undefined;
  while (rehearsal !== undefined && (await judgeOwner(sys, rehearsal.owner)) === 'alive')
    await sys.sleep(LOOK_MS, NEVER);
  await promises.rm(place.folder, { recursive: true, force: true });
  return left ?? labelsOf(answer);
}

async function start(sys: System, place: RehearsalPlace, forMs: number): Promise<Child> {
  const output = openLog(place.log);
  const argv = ['rehearse', '--keep', '--foreground', '--for', `${forMs}ms`] as const;
  return sys.processes
    .start([sys.program.node, sys.program.entry, ...argv], {
      env: { ...scrubEnvironment(sys.env, 'rehearsal'), [REHEARSAL_VARIABLE]: place.folder },
      cwd: '/',
      detached: true,
      output,
    })
    .finally(() => closeSync(output));
}

async function untilReady(sys: System, place: RehearsalPlace, child: Child): Promise<Rehearsal> {
  let isGone = false;
  void child.exited.then(() => {
    isGone = true;
  });
  for (const deadline = sys.monotonic() + READY_MS; sys.monotonic() < deadline; ) {
    const rehearsal = await findRehearsal(sys, place);
    if (rehearsal !== undefined) return rehearsal;
    if (isGone || sys.signal.aborted) break;
    await sys.sleep(LOOK_MS);
  }
  if (sys.signal.aborted) throw new HotpassError('interrupted', 'interrupted before the rehearsal stood');
  throw new HotpassError('rehearsal-failed', `the rehearsal did not come up: ${await lastWords(place)}`, {
    hint: 'hotpass rehearse --keep --foreground',
  });
}

async function lastWords({ log }: RehearsalPlace): Promise<string> {
  const text = await promises.readFile(log, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  });
  return text.trim().split('\n').at(-1) || 'it said nothing';
}

function labelsOf(answer: unknown): readonly string[] {
  const trouble: unknown = Reflect.get(Object(answer), 'trouble');
  if (typeof trouble === 'string') throw new HotpassError('stop-incomplete', trouble);
  const ended: unknown = Reflect.get(Object(answer), 'ended');
  return Array.isArray(ended) ? ended.map(String) : [];
}
