import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { unwritable } from './folder.ts';
import { removeLeftovers } from './leftovers.ts';

/**
 * Puts a new text in the place of a state file, whole or not at all; undefined removes the file. Synchronous because
 * others wait for the lock (see lock.ts), whose holder alone may call it. Throws `state-unwritable`.
 */
export function commit(folder: string, file: string, text: string | undefined): void {
  const path = join(folder, file);
  try {
    removeLeftovers(folder, file);
    if (text === undefined) rmSync(path, { force: true });
    else replace(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function replace(path: string, text: string): void {
  // write-file-atomic takes a short write (full disk) for a whole one and puts half a file in place. Its hook runs
  // before sync and rename and may fail, so the text goes in there. It also changes the options: a fresh literal.
  writeFileAtomic.sync(path, '', { mode: 0o600, tmpfileCreated: (draft) => writeFileSync(draft, text) });
}
