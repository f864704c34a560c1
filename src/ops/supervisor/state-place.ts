import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What became of a state folder: still `there`; `removed`, and may be made again in the same place; or `lost`, because
 * its disk was unmounted, its project is gone, or something else lies there. Nothing is to be written to a lost one: it
 * would lie below the mount and come to light years later.
 */
type PlaceState = 'there' | 'removed' | 'lost';

/** Where a project's state folder lies, as it was when somebody was sure. */
export interface StatePlace {
  /** Takes what is there now for the right one. */
  trust(): void;
  look(): PlaceState;
}

/** Makes the place of a state folder; until it is trusted, it is `there`. */
export function createStatePlace(folder: string): StatePlace {
  let device: number | undefined;
  return {
    trust() {
      device = deviceOf(folder);
    },
    look() {
      if (device === undefined) return 'there';
      const now = deviceOf(folder);
      if (now === device) return 'there';
      return now === undefined && deviceOf(dirname(folder)) === device ? 'removed' : 'lost';
    },
  };
}

/** The device that a folder lies on; -1 when it is no folder or cannot be looked at, undefined when nothing is there. */
function deviceOf(folder: string): number | undefined {
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    return found === undefined || found.isDirectory() ? found?.dev : -1;
  } catch {
    // Not to be looked at: whatever it is, nothing can be written there.
    return -1;
  }
}
