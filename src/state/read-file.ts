import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isErrno, messageOf } from '../errors.ts';

/** What reading a state file found; absent is not damaged. */
export type StateText =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'damaged'; readonly reason: string };

const MAX_BYTES = 8 * 1024 * 1024;

/** Reads a state file and nothing else: no link, no device, no pipe, nothing huge. */
export function readStateFile(path: string): StateText {
  try {
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) return damaged('it is not a regular file');
      if (found.size > MAX_BYTES) return damaged(`it has ${found.size} bytes, more than ${MAX_BYTES}`);
      return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { kind: 'absent' };
    if (isErrno(error, 'ELOOP', 'EMLINK')) return damaged('it is a symbolic link');
    if (isErrno(error, 'ENXIO')) return damaged('it is not a regular file');
    if (isErrno(error, 'ERR_ENCODING_INVALID_ENCODED_DATA')) return damaged('it is not UTF-8');
    return damaged(messageOf(error));
  }
}

function damaged(reason: string): StateText {
  return { kind: 'damaged', reason };
}
