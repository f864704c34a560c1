// The only door to state files. A file is read whole or not at all, and a damaged one is never touched.
import { join } from 'node:path';
import { HotpassError } from '../errors.ts';
import { invalid, type Problem, schemaProblem } from './damage.ts';
import { ensureFolder, ensureStateFolder } from './folder.ts';
import type { LockSystem } from './lock.ts';
import { readStateFile } from './read-file.ts';
import type { Validator } from './validator.ts';

/** One kind of state file. */
export interface Store<T> {
  /** Where the file is in a state folder. */
  path(folder: string): string;
  /** Reads the value, the default when there is no file. Throws `state-invalid`. */
  read(folder: string): Promise<T>;
  /**
   * Changes the value under the file's lock and returns it. Nothing is written when it stays the same.
   * Throws `state-invalid`, `state-locked`, `state-unwritable`; the file is then as it was.
   */
  update(sys: LockSystem, folder: string, change: (value: T) => T | Promise<T>): Promise<T>;
}

/** What makes up a store. */
export interface StoreParts<T> {
  readonly file: string;
  readonly validate: Validator<T>;
  readonly empty: T;
  /** The file is removed when this says yes. */
  readonly isEmpty?: (value: T) => boolean;
  /** What a schema cannot say. */
  readonly check?: (value: T) => Problem | undefined;
  /** True: the folder lies in a project and is hidden from git. */
  readonly inProject?: boolean;
  /** What still works while the file is damaged; printed before the command that moves it away. */
  readonly meanwhile?: string;
}

/** Makes the store of one kind of file. */
export function defineStore<T>(parts: StoreParts<T>): Store<T> {
  const path = (folder: string): string => join(folder, parts.file);
  const read = async (folder: string): Promise<T> => readValue(parts, path(folder));
  return {
    path,
    read,
    async update(sys, folder, change) {
      await (parts.inProject ? ensureStateFolder(folder) : ensureFolder(folder));
      const { withLock, commit } = await loadWriting();
      return withLock(sys, `${path(folder)}.lock`, async () => {
        const before = readValue(parts, path(folder));
        const textBefore = serialize(before);
        const after = await change(before);
        const text = serialize(after);
        if (text === textBefore) return after;
        const value = checked(parts, text);
        commit(folder, parts.file, parts.isEmpty?.(value) ? undefined : text);
        return value;
      });
    },
  };
}

function readValue<T>(parts: StoreParts<T>, path: string): T {
  const found = readStateFile(path);
  if (found.kind === 'absent') return structuredClone(parts.empty);
  if (found.kind === 'damaged') throw invalid(path, { pointer: '', reason: found.reason }, parts.meanwhile);
  const examined = examine(parts, found.text);
  if (!examined.ok) throw invalid(path, examined.problem, parts.meanwhile);
  return examined.value;
}

type Examined<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

function examine<T>(parts: StoreParts<T>, text: string): Examined<T> {
  const value = parseJson(text);
  if (value === undefined) {
    return {
      ok: false,
      problem: { pointer: '', reason: text.trim() === '' ? 'it is empty' : 'it is not JSON' },
    };
  }
  if (!parts.validate(value)) {
    return { ok: false, problem: schemaProblem(value, parts.validate.errors ?? []) };
  }
  const problem = parts.check?.(value);
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
}

// undefined is no JSON value, so it can stand for "not JSON".
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the file, which may be anything.
    return undefined;
  }
}

function serialize(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

// What is written must be readable, so a change goes through the same checks as a file.
function checked<T>(parts: StoreParts<T>, text: string): T {
  const found = examine(parts, text);
  if (found.ok) return found.value;
  const { pointer, reason } = found.problem;
  throw new HotpassError('unexpected', `a change would damage ${parts.file} at "${pointer}": ${reason}`);
}

// Loaded before the lock is taken, which others wait for, and not at all by who only reads.
async function loadWriting() {
  const [{ withLock }, { commit }] = await Promise.all([import('./lock.ts'), import('./commit.ts')]);
  return { withLock, commit };
}
