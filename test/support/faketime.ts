import { execFile } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realPath } from './real.ts';

const run = promisify(execFile);

/** A wall clock that a test sets while programs run by it. Their monotonic clock stays true, as in a sleep. */
export interface FakeClock {
  /** Environment of a program that runs by this clock. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the clock this many seconds from the true time. */
  set(seconds: number): Promise<void>;
}

/** Makes a clock that goes true at first; `folder` is the test's. */
export async function createFakeClock(folder: string): Promise<FakeClock> {
  const file = join(folder, 'clock');
  const set = async (seconds: number) => {
    // In one step: a program may look at any moment, and an empty file is no time.
    await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(`${file}.new`, file);
  };
  await set(0);
  const { stdout } = await run(realPath('faketime'), ['-f', '+0', 'printenv', 'LD_PRELOAD']);
  return {
    env: {
      LD_PRELOAD: stdout.trim(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
  };
}
