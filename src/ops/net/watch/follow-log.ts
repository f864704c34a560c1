import { join } from 'node:path';
import { HotpassError, messageOf } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { type LogLine, logFile, noLog, parseLine } from '../logs.ts';
import { findUnrecorded, readSessions } from '../project-sessions.ts';
import { tailFile } from './tail-file.ts';

export interface FollowLog {
  readonly label: string;
  /** How many of the last lines come first. */
  readonly lines: number;
  readonly onLine: (line: LogLine) => void;
}

const LOOK_MS = 250;

/**
 * Gives the last lines of a session's log, then each that comes, until the System's signal is aborted; also of a
 * session that has not said anything yet. Throws `label-unknown` and `log-unreadable`.
 */
export async function followLog(sys: System, project: string, follow: FollowLog): Promise<void> {
  const file = join(project, logFile(follow.label));
  const tail = tailFile([`${file}.2`, `${file}.1`, file]);
  const give = (lines: readonly string[]) => {
    for (const line of lines) follow.onLine(parseLine(line));
  };
  try {
    const first = await tail.take();
    const isThere = tail.wasThere() || (await isKnown(sys, project, follow.label));
    if (!isThere) throw await noLog(project, follow.label);
    give(first.slice(-follow.lines));
    while (!sys.signal.aborted) {
      await sys.sleep(LOOK_MS);
      give(await tail.take());
    }
    give(await tail.close());
  } catch (error) {
    if (error instanceof HotpassError) throw error;
    throw new HotpassError('log-unreadable', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function isKnown(sys: System, project: string, label: string): Promise<boolean> {
  const recorded = await readSessions(project);
  if (recorded.some((session) => session.label === label)) return true;
  return (await findUnrecorded(sys, project, recorded)).some(({ plan }) => plan.label === label);
}
