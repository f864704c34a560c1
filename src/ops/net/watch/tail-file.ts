import { type FileHandle, open, stat } from 'node:fs/promises';
import { isErrno } from '../../../errors.ts';

/** A growing text file that is read line by line, also while it is rotated, deleted and made again. */
export interface TailFile {
  /** The lines that are new since the last call. A last line without its end is kept back until it is whole. */
  take(): Promise<readonly string[]>;
  /** Tells whether there was a file yet. */
  wasThere(): boolean;
  /** Closes the file and gives the line that never came to its end, if there is one. */
  close(): Promise<readonly string[]>;
}

const CHUNK_BYTES = 65_536;

/**
 * Makes the reader of a file whose rotated forms are named, oldest first; it begins with the oldest that is there.
 * What is read is kept open: so a file that was moved is known again, and read to its end first. Throws node's errors
 * but ENOENT.
 */
export function tailFile(paths: readonly string[]): TailFile {
  let current: { readonly handle: FileHandle; readonly id: string } | undefined;
  let position = 0;
  let rest = Buffer.alloc(0);

  const takeRest = (): string[] => {
    const text = rest.toString('utf8');
    rest = Buffer.alloc(0);
    return text === '' ? [] : [text];
  };
  const readOn = async (): Promise<string[]> => {
    if (current === undefined) return [];
    const lines: string[] = [];
    if ((await current.handle.stat()).size < position) {
      // Emptied in place: what follows is another beginning.
      lines.push(...takeRest());
      position = 0;
    }
    for (;;) {
      const { bytesRead, buffer } = await current.handle.read(
        Buffer.alloc(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        position,
      );
      if (bytesRead === 0) return lines;
      position += bytesRead;
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      // Cut at the byte: a character may have come by halves.
      const end = bytes.lastIndexOf(0x0a) + 1;
      rest = bytes.subarray(end);
      lines.push(...bytes.subarray(0, end).toString('utf8').split('\n').filter(Boolean));
    }
  };
  const findNext = async (): Promise<{ readonly path: string; readonly id: string } | undefined> => {
    const found = await Promise.all(paths.map(async (path) => ({ path, id: await idOf(path) })));
    const there = found.flatMap(({ path, id }) => (id === undefined ? [] : [{ path, id }]));
    if (current === undefined) return there[0];
    const place = there.findIndex(({ id }) => id === current?.id);
    // Ours was deleted: whatever stands in its place is new, and the rotated ones are older.
    return place < 0 ? there.find(({ path }) => path === paths.at(-1)) : there[place + 1];
  };

  return {
    async take() {
      const lines = await readOn();
      for (let next = await findNext(); next !== undefined; next = await findNext()) {
        const handle = await openOrUndefined(next.path);
        const id = handle && fileId(await handle.stat({ bigint: true }));
        // Rotated between the look and the grasp: look again.
        if (handle === undefined || id !== next.id) {
          await handle?.close();
          continue;
        }
        // The one before may have grown until it was moved.
        lines.push(...(await readOn()), ...takeRest());
        await current?.handle.close();
        current = { handle, id };
        position = 0;
        lines.push(...(await readOn()));
      }
      return lines;
    },
    wasThere: () => current !== undefined,
    async close() {
      await current?.handle.close();
      current = undefined;
      return takeRest();
    },
  };
}

async function idOf(path: string): Promise<string | undefined> {
  try {
    return fileId(await stat(path, { bigint: true }));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function fileId({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}

async function openOrUndefined(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
