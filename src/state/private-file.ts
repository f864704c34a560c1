import { writeFileSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { unwritable } from './folder.ts';

/**
 * Puts plain data, as JSON, into a file that other programs read too: whole or not at all, for this user alone, and
 * through a symbolic link to the real file. Throws `state-unwritable`.
 */
export async function writePrivate(path: string, value: Readonly<Record<string, unknown>>): Promise<void> {
  const text = JSON.stringify(value);
  try {
    // As in commit.ts: the hook tells of a short write, and the options are changed.
    await writeFileAtomic(path, '', { mode: 0o600, tmpfileCreated: (draft) => writeFileSync(draft, text) });
  } catch (error) {
    throw unwritable(path, error);
  }
}
