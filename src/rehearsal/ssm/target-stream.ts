import { connect, type Socket } from 'node:net';
import type { Place } from './place.ts';

/** One connection of the agent to its target. */
export interface TargetStream {
  /** Hands bytes on; they count as held until the target's socket has taken them. */
  write(piece: Buffer): void;
  /** Closes the connection once all bytes are handed on. */
  finish(): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** What a connection tells. */
export interface TargetListener {
  onData(piece: Buffer): void;
  /** The target has sent all it will; told once. */
  onEnd(): void;
  /** So many bytes are held no more. */
  onTaken(bytes: number): void;
  /** The socket is gone. */
  onClose(): void;
}

/** Connects; rejects when nobody answers there. */
export function dialTarget(place: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (place.kind !== 'at') {
      reject(new Error('missing address'));
      return;
    }
    const socket = connect({ host: place.host, port: place.port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Makes a stream of a connected socket. */
export function attachTarget(socket: Socket, listener: TargetListener): TargetStream {
  let isCorked = false;
  let isEnded = false;
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    listener.onEnd();
  };
  socket.on('data', listener.onData);
  socket.on('end', end);
  // A reset is an end to the agent: it closes the stream and says nothing.
  socket.on('error', () => {});
  socket.on('close', () => {
    end();
    listener.onClose();
  });
  return {
    write(piece) {
      // What came in one read of the websocket goes on in one write.
      if (!isCorked) {
        isCorked = true;
        socket.cork();
        queueMicrotask(() => {
          isCorked = false;
          socket.uncork();
        });
      }
      socket.write(piece, () => listener.onTaken(piece.length));
    },
    finish: () => socket.destroySoon(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    destroy: () => socket.destroy(),
  };
}
