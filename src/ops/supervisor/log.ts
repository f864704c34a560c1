import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { printable } from '../../printable.ts';
import type { System } from '../../system.ts';

/** A session's log file. Writing never throws: a full disk must not end a tunnel. */
export interface Log {
  write(text: string): void;
}

/** One file holds at most this; `.1` and `.2` are kept behind it. */
const LOG_LIMIT_BYTES = 1024 * 1024;
const KEPT_FILES = 2;

/**
 * Makes a log that appends a line a time, 0600, never through a symbolic link. The file is opened for each line: lines
 * are rare, and a file that somebody deletes or moves is there again with the next one.
 */
export function createLog(sys: Pick<System, 'now'>, file: string, limitBytes: number = LOG_LIMIT_BYTES): Log {
  return {
    write(text) {
      const line = `${sys.now().toISOString()} ${printable(text)}\n`;
      try {
        if (append(file, line) > limitBytes) rotate(file);
      } catch {
        // Full, read-only or forbidden: the tunnel matters more than its log, and there is nowhere else to say so.
      }
    },
  };
}

/** Opens a log file to append to, 0600, never through a symbolic link; makes its folder. Throws node's error. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);
  return openSync(file, flags, 0o600);
}

function append(file: string, line: string): number {
  const handle = openLog(file);
  try {
    writeSync(handle, line);
    return fstatSync(handle).size;
  } finally {
    closeSync(handle);
  }
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
