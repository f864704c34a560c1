import { promises } from 'node:fs';
import { join } from 'node:path';
import { HotpassError, isErrno, messageOf } from '../../errors.ts';

/** One line of a session's log. */
export interface LogLine {
  /** ISO time; absent on lines that node itself wrote when the process crashed. */
  readonly at?: string;
  readonly text: string;
}

const FOLDER = 'logs';

/** Gives the path of a session's log, relative to the state folder. */
export function logFile(label: string): string {
  return join(FOLDER, `${label}.log`);
}

/**
 * Reads the last lines of a session's log, also of one that has ended or never came up. Throws `label-unknown` with
 * the labels that have a log, and `log-unreadable`.
 */
export async function readLog(project: string, label: string, lines: number): Promise<LogLine[]> {
  const file = join(project, logFile(label));
  // The older file is needed when the log was rotated a moment ago.
  const [older, newer] = await Promise.all([readOrUndefined(`${file}.1`), readOrUndefined(file)]);
  if (newer === undefined && older === undefined) throw await noLog(project, label);
  const text = `${older ?? ''}${newer ?? ''}`;
  return text.split('\n').filter(Boolean).slice(-lines).map(parseLine);
}

/** Reads one line of a log. */
export function parseLine(line: string): LogLine {
  const [, at, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/.exec(line) ?? [];
  return at === undefined || text === undefined ? { text: line } : { at, text };
}

/** Makes the error for a label that has no log, with those that have one. */
export async function noLog(project: string, label: string): Promise<HotpassError> {
  const names = await promises.readdir(join(project, FOLDER)).catch(() => {
    // No folder: nothing was ever logged here.
    return [];
  });
  const labels = names.filter((name) => name.endsWith('.log')).map((name) => name.slice(0, -'.log'.length));
  const known =
    labels.length === 0 ? 'nothing was logged in this project' : `there are: ${labels.join(', ')}`;
  return new HotpassError('label-unknown', `no log of "${label}"; ${known}`, {
    hint: labels[0] === undefined ? 'hotpass net up' : `hotpass net logs ${labels[0]}`,
    details: { labels },
  });
}

async function readOrUndefined(file: string): Promise<string | undefined> {
  try {
    return await promises.readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new HotpassError('log-unreadable', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
