import type { Socket } from 'node:net';
import { createAbort } from '../../signals.ts';

/** What the other side of a connection says, line by line. */
export interface Lines {
  /** The next line; undefined after the last one. Rejects with what broke the connection. */
  next(): Promise<string | undefined>;
  /** Aborted when the other side has said its last. */
  readonly over: AbortSignal;
}

const LINE_LIMIT_BYTES = 4 * 1024 * 1024;

/** Reads the lines of a connection; what comes before it is asked for waits. A half line at the end is dropped. */
export function readLines(socket: Socket): Lines {
  const over = createAbort();
  const ready: string[] = [];
  const waiting: { resolve(line: string | undefined): void; reject(error: Error): void }[] = [];
  let broken: Error | undefined;
  let rest = '';
  const end = () => {
    over.abort();
    for (const { resolve, reject } of waiting.splice(0))
      broken === undefined ? resolve(undefined) : reject(broken);
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    ready.push(...lines);
    while (waiting.length > 0 && ready.length > 0) waiting.shift()?.resolve(ready.shift());
    if (rest.length > LINE_LIMIT_BYTES) socket.destroy(new Error('the line is too long'));
  });
  socket.once('error', (error) => {
    broken = error;
    end();
  });
  socket.once('end', end);
  socket.once('close', end);
  return {
    over: over.signal,
    next() {
      if (ready.length > 0) return Promise.resolve(ready.shift());
      if (over.signal.aborted)
        return broken === undefined ? Promise.resolve(undefined) : Promise.reject(broken);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
  };
}
