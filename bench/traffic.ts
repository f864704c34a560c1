import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** Downloads bytes through a local port and gives the milliseconds it took. */
export async function timeDownload(port: number, bytes: number): Promise<number> {
  const socket = await open(port);
  const started = performance.now();
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  socket.write(`d${bytes}\n`);
  await once(socket, 'end');
  socket.destroy();
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came through port ${port}`);
  return performance.now() - started;
}

/** Uploads bytes through a local port until the far side has swallowed all. */
export async function timeUpload(port: number, bytes: number): Promise<number> {
  const chunk = Buffer.alloc(256 * 1024, 120);
  const socket = await open(port);
  const started = performance.now();
  socket.write('u');
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'data');
  socket.destroy();
  return performance.now() - started;
}

/** Uploads as many bytes as it says beforehand: over SSM the far side never sees the end of what is sent. */
export async function timeCountedUpload(port: number, bytes: number): Promise<number> {
  const chunk = Buffer.alloc(256 * 1024, 120);
  const socket = await open(port);
  const started = performance.now();
  socket.write(`n${bytes}\n`);
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (!socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk)) await once(socket, 'drain');
  }
  await once(socket, 'data');
  const took = performance.now() - started;
  socket.destroy();
  return took;
}

/** Opens a connection and gives the milliseconds until its first byte came back. */
export async function timeFirstByte(port: number): Promise<number> {
  const started = performance.now();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.write('ex');
  await once(socket, 'data');
  const took = performance.now() - started;
  socket.destroy();
  return took;
}

/** Has some bytes sent back on a connection of its own; throws when others come. */
export async function echo(port: number, bytes: number): Promise<void> {
  const socket = await open(port);
  const sent = randomBytes(bytes);
  const parts: Buffer[] = [];
  socket.write(Buffer.concat([Buffer.from('e'), sent]));
  for (let received = 0; received < bytes; ) {
    const [part] = await once(socket, 'data');
    parts.push(part);
    received += part.length;
  }
  socket.destroy();
  if (!Buffer.concat(parts).equals(sent)) throw new Error('other bytes came back');
}

/** Sends one byte to and fro on one connection and gives the milliseconds of the middle trip. */
export async function timeRoundTrips(port: number, count: number): Promise<number[]> {
  const socket = await open(port);
  socket.write('e');
  const trips: number[] = [];
  for (let trip = 0; trip < count; trip += 1) {
    const started = performance.now();
    socket.write('x');
    await once(socket, 'data');
    trips.push(performance.now() - started);
  }
  socket.destroy();
  return trips;
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}
