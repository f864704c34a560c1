import { closeSync, openSync, readFileSync } from 'node:fs';
import { isErrno } from '../../errors.ts';
import type { OwnThing } from '../supervisor/own-things.ts';

/**
 * The open files that clients may use. Each needs two (its own and one to the far side); some are kept back, so that
 * however many clients come, ssh can be started again and `net status` and `net down` are heard.
 */
export interface Handles {
  /**
   * Takes a client in that has come: gives what to call when it has its far end, or will have none. Undefined where
   * it would take what is kept back: such a client is to be refused at once.
   */
  admit(): (() => void) | undefined;
}

/** What a session opens beside its clients: a new ssh with its pipes, a few who ask, its log and its record. */
const KEPT_BACK = 16;

/** Makes the count of open files. `limit` is what the system allows this process; undefined where it does not say. */
export function createHandles(
  forwards: number,
  onRefused: (warning: string) => void,
  limit: number | undefined = readLimit(),
): Handles & OwnThing {
  // Each forward may be probed at the same time. Under a tiny limit clients get most of what there is.
  const keptBack = Math.min(KEPT_BACK + forwards, Math.floor((limit ?? Number.POSITIVE_INFINITY) / 4));
  let pledged = 0;
  const isShort = (wanted: number) => {
    const open = countOpen();
    return open === undefined || (limit !== undefined && open + wanted + pledged + keptBack > limit);
  };
  const files = limit === undefined ? 'no more files' : `no more than ${limit} files`;
  const warning = `no more clients are taken: this session may open ${files}; raise that (ulimit -n) and open it again`;
  return {
    name: 'open files',
    admit() {
      // Its own is open by now.
      if (isShort(1)) {
        onRefused(warning);
        return undefined;
      }
      pledged += 1;
      let isSettled = false;
      return () => {
        if (!isSettled) pledged -= 1;
        isSettled = true;
      };
    },
    keep: async () => (isShort(2) ? warning : undefined),
  };
}

/** The system gives the lowest number that is free: at least so many are open. Undefined when none is left. */
function countOpen(): number | undefined {
  try {
    const handle = openSync('/dev/null', 'r');
    closeSync(handle);
    return handle;
  } catch (error) {
    if (isErrno(error, 'EMFILE', 'ENFILE')) return undefined;
    throw error;
  }
}

/** Node has raised the soft limit to the hard one when it started, so there is no more to be had. */
function readLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    // No Linux: there clients are refused when nothing is left at all.
    return undefined;
  }
}
