import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

const PIECE_BYTES = 16 * 1024;

/** What became of one client that had some bytes sent back. */
export interface Echoed {
  /** `whole` when each byte came back in its place; else how many came and how it ended. */
  readonly outcome: string;
}

/** Sends bytes through a local port to a service that sends them back, and compares all; tells how many came. Never rejects. */
export async function echoThrough(
  port: number,
  bytes: number,
  betweenMs = 0,
  onReceived: (count: number) => void = () => {},
): Promise<Echoed> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  let count = 0;
  let how = 'ended';
  const over = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received.update(chunk);
      count += chunk.length;
      onReceived(count);
      if (count >= bytes) resolve();
    });
    socket.on('error', (error) => {
      how = 'code' in error ? String(error.code) : error.message;
    });
    socket.on('close', () => resolve());
  });
  const write = async () => {
    for (let left = bytes; left > 0 && !socket.destroyed; left -= PIECE_BYTES) {
      const piece = randomBytes(Math.min(left, PIECE_BYTES));
      sent.update(piece);
      // Whoever is gone drains no more: the end is waited for elsewhere.
      if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), over]);
      if (betweenMs > 0) await new Promise((resolve) => setTimeout(resolve, betweenMs));
    }
  };
  await Promise.all([write().catch(() => {}), over]);
  socket.destroy();
  const isWhole = count === bytes && sent.digest('hex') === received.digest('hex');
  return { outcome: isWhole ? 'whole' : `${count} of ${bytes} bytes, ${how}` };
}

/** Lets many clients do that at once and counts how they ended. */
export async function echoesThrough(
  port: number,
  clients: number,
  bytes: number,
  betweenMs = 0,
): Promise<Readonly<Record<string, number>>> {
  const all = await Promise.all(Array.from({ length: clients }, () => echoThrough(port, bytes, betweenMs)));
  const counts: Record<string, number> = {};
  for (const { outcome } of all) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
