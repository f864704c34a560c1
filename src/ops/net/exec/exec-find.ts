import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { HotpassError, isErrno } from '../../../errors.ts';
import { printable } from '../../../printable.ts';

/** Where programs are when the environment does not say: what the C library takes then. */
const USUAL_PATH = '/usr/bin:/bin';
/** The kernel reads no more of a script's first line. */
const FIRST_LINE_BYTES = 256;

/**
 * Finds the file that a command's name means, as a shell does. Throws `command-not-found`, and `command-not-runnable`
 * for a file that may not be run, is a folder, or is a script whose interpreter is not there.
 */
export function findCommand(name: string, path: string | undefined): string {
  const folders = name.includes('/') ? [undefined] : (path ?? USUAL_PATH).split(delimiter);
  let refusal: string | undefined;
  for (const folder of folders) {
    // An empty entry of PATH is the current folder.
    const file = folder === undefined ? name : join(folder === '' ? '.' : folder, name);
    const problem = problemOf(file);
    if (problem === undefined) return file;
    if (problem !== 'absent') refusal ??= `${printable(file)} ${problem}`;
  }
  if (refusal !== undefined) {
    throw new HotpassError('command-not-runnable', `${refusal}; it was not run`, {
      hint: `name a program behind "--"`,
      state: 'nothing was opened',
    });
  }
  const where = name.includes('/') ? 'does not exist' : 'is on no folder of PATH';
  throw new HotpassError('command-not-found', `command ${printable(name)} ${where}`, {
    hint: name.includes('/') ? undefined : 'name it with its folder, or set PATH',
    state: 'nothing was opened',
  });
}

function problemOf(file: string): string | undefined {
  try {
    if (statSync(file).isDirectory()) return 'is a folder';
    accessSync(file, constants.X_OK);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'absent';
    return isErrno(error, 'EACCES', 'EPERM') ? 'may not be run by this user' : 'cannot be looked at';
  }
  const interpreter = interpreterOf(file);
  if (interpreter === undefined) return undefined;
  const problem = problemOfInterpreter(interpreter);
  return problem && `wants the interpreter ${printable(interpreter)}, which ${problem}`;
}

function problemOfInterpreter(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return undefined;
  } catch (error) {
    return isErrno(error, 'ENOENT', 'ENOTDIR') ? 'does not exist' : 'may not be run by this user';
  }
}

/** Reads what stands behind `#!`; undefined for what is no script, or may be run and not read. */
function interpreterOf(file: string): string | undefined {
  try {
    const handle = openSync(file, 'r');
    try {
      const start = Buffer.alloc(FIRST_LINE_BYTES);
      const line = start.toString('utf8', 0, readSync(handle, start, 0, FIRST_LINE_BYTES, 0));
      return /^#![ \t]*([^\s\0]+)/.exec(line)?.[1];
    } finally {
      closeSync(handle);
    }
  } catch {
    // Whoever may run it need not be able to read it.
    return undefined;
  }
}
