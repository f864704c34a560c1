import { access } from 'node:fs/promises';
import type { System } from '../../../system.ts';

/** How often a file that is not there is looked for. */
const LOOK_MS = 5;

/** Waits until all files are there, in the order in which they come, or until the signal. */
export async function waitForFiles(
  sys: Pick<System, 'sleep'>,
  files: readonly string[],
  signal: AbortSignal,
): Promise<'there' | 'aborted'> {
  for (const file of files) {
    while (!(await exists(file))) {
      if (signal.aborted) return 'aborted';
      await sys.sleep(LOOK_MS, signal);
    }
  }
  return 'there';
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
