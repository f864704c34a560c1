import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** No contender waits that long; one whose machine slept makes its draft again. */
const CONTENDER_MAX_MS = 600_000;

/**
 * Removes what killed processes left beside a state file: half-written drafts of it, and tickets of contenders for its
 * lock. Only for the holder of the lock.
 */
export async function removeLeftovers(folder: string, file: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${file}.`));
  const drafts = names.filter((name) => /^\d+$/.test(name.slice(file.length + 1)));
  const tickets = names.filter((name) => /^lock\.[0-9a-f]{32}(\.heir)?$/.test(name.slice(file.length + 1)));
  for (const name of drafts) await rm(join(folder, name), { force: true });
  if (tickets.length === 0) return;
  // The lock was made a moment ago by the file system's own clock, which may be another machine's.
  const now = await modified(join(folder, `${file}.lock`));
  for (const name of tickets) {
    const age = now - (await modified(join(folder, name)));
    if (age > CONTENDER_MAX_MS) await rm(join(folder, name), { force: true });
  }
}

async function modified(path: string): Promise<number> {
  // Gone meanwhile: as good as new.
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
}
