import { NEVER } from '../../signals.ts';
import type { System } from '../../system.ts';
import { endSessions } from '../net/end-sessions.ts';
import { type AccountAddress, insideEnvironment } from './environment.ts';
import type { RehearsalPlace } from './place.ts';

/** Ends the sessions that go into a rehearsal, also after a signal to this process. Gives their labels. */
export async function clearPlace(
  sys: System,
  place: RehearsalPlace,
  address?: AccountAddress,
): Promise<readonly string[]> {
  const inside = { ...sys, env: insideEnvironment(sys.env, place, address), signal: NEVER };
  const all = { labels: [], all: true, pid: undefined, via: undefined };
  const result = await endSessions(inside, place.state, all, async () => 'staging', {
    drainMs: 0,
    dryRun: false,
  });
  return 'ended' in result ? result.ended.map(({ label }) => label) : [];
}
