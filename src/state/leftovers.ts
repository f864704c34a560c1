import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** No contender waits that long; one whose machine slept makes its draft again. */
const CONTENDER_MAX_MS = 600_000;
/** A hundred contenders must not make each holder look at a hundred files. */
const TICKETS_MAX = 8;

/**
 * Removes what killed processes left beside a state file: half-written drafts of it, and tickets and signs of life of
 * contenders for its lock. Only for the holder of the lock.
 */
export function removeLeftovers(folder: string, file: string): void {
  const names = readdirSync(folder).filter((name) => name.startsWith(`${file}.`));
  const drafts = names.filter((name) => /^\d+$/.test(name.slice(file.length + 1)));
  const tickets = names.filter((name) =>
    /^lock\.[0-9a-f]{32}(\.heir|\.life)?$/.test(name.slice(file.length + 1)),
  );
  for (const name of drafts) rmSync(join(folder, name), { force: true });
  if (tickets.length === 0) return;
  // The lock was made a moment ago by the file system's own clock, which may be another machine's.
  const now = modified(join(folder, `${file}.lock`));
  for (const name of tickets.slice(0, TICKETS_MAX)) {
    const age = now - modified(join(folder, name));
    if (age > CONTENDER_MAX_MS) rmSync(join(folder, name), { force: true });
  }
}

function modified(path: string): number {
  // Gone meanwhile: as good as new.
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
