import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isErrno, messageOf } from '../../errors.ts';
import { printable } from '../../printable.ts';
import { shellCommand } from '../../shell-words.ts';
import type { System } from '../../system.ts';

/** A session's log file. Nothing of it ever throws: a full disk must not end a tunnel. */
export interface Log {
  /** Appends a line. One that cannot be written is kept and written when the next one can be. */
  write(text: string): void;
  /** Writes what was kept; says what is in the way of the next line and how to see it, undefined when nothing is. */
  check(): string | undefined;
}

/** What a log may be told to do otherwise. */
export interface LogOptions {
  readonly limitBytes?: number;
  /** Asked before each write; where it says no, lines are kept. */
  readonly mayWrite?: () => boolean;
}

/** One file holds at most this; `.1` and `.2` are kept behind it. */
const LOG_LIMIT_BYTES = 1024 * 1024;
const KEPT_FILES = 2;
/** How many lines wait for a disk that takes nothing; the oldest go first. */
const KEPT_LINES = 500;

/**
 * Makes a log that appends a line a time, 0600, never through a symbolic link. The file is opened for each line: lines
 * are rare, and a file that somebody deletes or moves is there again with the next one.
 */
export function createLog(sys: Pick<System, 'now' | 'uid'>, file: string, options: LogOptions = {}): Log {
  const waiting: string[] = [];
  let dropped = 0;
  let isBegun = false;
  const lineOf = (text: string) => `${sys.now().toISOString()} ${printable(text)}\n`;
  const flush = () => {
    const head = [
      ...(isBegun && !existsSync(file) ? [lineOf('the log was gone; it goes on here')] : []),
      ...(dropped > 0 ? [lineOf(`${dropped} older lines could not be written and are lost`)] : []),
    ];
    makeFolder(dirname(file), false);
    const size = append(file, [...head, ...waiting].join(''));
    waiting.length = 0;
    dropped = 0;
    isBegun = size <= (options.limitBytes ?? LOG_LIMIT_BYTES);
    if (!isBegun) rotate(file);
  };
  const attempt = () => {
    if (options.mayWrite?.() === false) return undefined;
    try {
      flush();
      return isFull(sys, file) ? sayTrouble(file, noSpace()) : undefined;
    } catch (error) {
      return sayTrouble(file, error);
    }
  };
  return {
    write(text) {
      waiting.push(lineOf(text));
      if (waiting.length > KEPT_LINES) {
        waiting.shift();
        dropped += 1;
      }
      attempt();
    },
    check: attempt,
  };
}

/** Opens a log file to append to, 0600, never through a symbolic link; makes its folder. Throws node's error. */
export function openLog(file: string): number {
  makeFolder(dirname(file), true);
  return openFile(file);
}

function makeFolder(folder: string, withParents: boolean): void {
  try {
    mkdirSync(folder, { recursive: withParents, mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  if (!lstatSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
}

function openFile(file: string): number {
  // O_NONBLOCK: a pipe in the place of the log must not stop us until somebody reads it.
  const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NONBLOCK;
  return openSync(file, flags | (constants.O_NOFOLLOW ?? 0), 0o600);
}

function append(file: string, text: string): number {
  const handle = openFile(file);
  try {
    const before = fstatSync(handle);
    if (!before.isFile()) throw new Error(`${file} is no regular file`);
    const bytes = Buffer.from(text);
    try {
      // What did not fit at first is asked for again, to hear why.
      for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
    } catch (error) {
      // All of it is written when there is room: nobody shall read a part of it twice.
      ftruncateSync(handle, before.size);
      throw error;
    }
    return before.size + bytes.length;
  } finally {
    closeSync(handle);
  }
}

/** Looks ahead, so that an operator hears of a full disk before a line is needed. */
function isFull(sys: Pick<System, 'uid'>, file: string): boolean {
  const { blocks, bfree, bavail } = statfsSync(dirname(file));
  // Some file systems tell nothing: all is 0.
  return blocks > 0 && (sys.uid === 0 ? bfree : bavail) === 0;
}

function rotate(file: string): void {
  for (let age = KEPT_FILES; age > 0; age -= 1) {
    try {
      renameSync(age === 1 ? file : `${file}.${age - 1}`, `${file}.${age}`);
    } catch {
      // There is no older file yet.
    }
  }
}

function sayTrouble(file: string, error: unknown): string {
  const folder = dirname(file);
  const say = (why: string, look: readonly string[]) =>
    `the log cannot be written: ${why}; see: ${shellCommand(look)}`;
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return say('no space is left on its disk', ['df', '-h', folder]);
  if (isErrno(error, 'EROFS')) return say('its disk is read-only', ['findmnt', '-T', folder]);
  return say(messageOf(error), ['ls', '-ld', folder, file]);
}

function noSpace(): Error {
  return Object.assign(new Error('no space is left'), { code: 'ENOSPC' });
}
