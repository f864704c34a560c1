import type { System } from '../../../system.ts';
import { type ListSessions, listSessions, type SessionList } from '../list-sessions.ts';

export interface WatchSessions {
  readonly asked: ListSessions;
  /** From one look to the next, in milliseconds. */
  readonly intervalMs: number;
  readonly onLook: (list: SessionList) => void;
}

/** A look that takes longer than the interval is still followed by a rest. */
const SHORTEST_REST_MS = 100;

/**
 * Looks at sessions over and over until the System's signal is aborted, and gives the last look that was shown. A label
 * that nobody has throws `label-unknown` at the first look; later it is missing. Throws as `listSessions`.
 */
export async function watchSessions(
  sys: System,
  project: string,
  watch: WatchSessions,
): Promise<SessionList> {
  let began = sys.monotonic();
  let shown = await listSessions(sys, project, watch.asked);
  for (;;) {
    watch.onLook(shown);
    await sys.sleep(Math.max(SHORTEST_REST_MS, watch.intervalMs - (sys.monotonic() - began)));
    if (sys.signal.aborted) return shown;
    began = sys.monotonic();
    const list = await listSessions(sys, project, { ...watch.asked, mayMiss: true });
    if (sys.signal.aborted) return shown;
    shown = list;
  }
}
