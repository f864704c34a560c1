import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { createBatch } from './batch.ts';
import { createDelayLine } from './delay-line.ts';
import { createFate, type Disturbance } from './faults.ts';

/** The service's end of one websocket of a client, with all that can go wrong on the way. */
export interface Link {
  /** Sends a message of the agent. */
  send(frame: Buffer): void;
  /** Sends a message of the service's own, which is neither lost nor doubled. */
  tell(frame: Buffer): void;
  /** Sends bytes of a test's making as a frame, or past the websocket. */
  inject(bytes: Buffer, as: 'binary' | 'text' | 'raw'): void;
  /** Tells whether more would only pile up. */
  isFull(): boolean;
  setReading(reading: boolean): void;
  /** Nothing goes either way any more, and no ping is answered, until it is told otherwise. */
  setStalled(stalled: boolean): void;
  disturb(disturbance: Disturbance): void;
  /** After so many messages the socket is cut; undefined: never. */
  cutAfter(messages: number | undefined): void;
  close(code: number, reason: string): void;
  cut(): void;
}

/** What a link tells. */
export interface LinkListener {
  onFrame(frame: Buffer): void;
  onRoom(): void;
  onGone(): void;
}

const FULL_BYTES = 256 * 1024;
const FULL_MESSAGES = 20_000;

/** Takes a websocket over after its first frame. */
export function createLink(ws: WebSocket, socket: Duplex, listener: LinkListener): Link {
  let [down, up] = [createFate({}), createFate({})];
  const batch = createBatch(socket);
  let isReading = true;
  let isStalled = false;
  let held: Buffer[] = [];
  let left: number | undefined;

  const write = (frame: Buffer) => {
    if (isStalled) {
      held.push(frame);
      return;
    }
    if (ws.readyState === ws.OPEN) batch.add(frame);
  };
  const downLine = createDelayLine(write);
  const upLine = createDelayLine(listener.onFrame);
  const count = () => {
    if (left === undefined) return;
    left -= 1;
    if (left <= 0) socket.destroy();
  };
  const setFlow = () => (isReading && !isStalled ? ws.resume() : ws.pause());

  ws.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return;
    count();
    for (const delay of up()) upLine.send(data, delay);
  });
  ws.on('close', () => {
    downLine.clear();
    upLine.clear();
    held = [];
    listener.onGone();
  });
  socket.on('drain', listener.onRoom);
  return {
    send(frame) {
      count();
      for (const delay of down()) downLine.send(frame, delay);
    },
    tell: (frame) => downLine.send(frame, 0),
    inject(bytes, as) {
      batch.flush();
      if (as === 'raw') socket.write(bytes);
      else ws.send(bytes, { binary: as === 'binary' });
    },
    isFull: () => isStalled || socket.writableLength > FULL_BYTES || downLine.length() > FULL_MESSAGES,
    setReading(reading) {
      if (reading === isReading) return;
      isReading = reading;
      setFlow();
    },
    setStalled(stalled) {
      isStalled = stalled;
      setFlow();
      if (stalled) return;
      const waiting = held;
      held = [];
      for (const frame of waiting) write(frame);
      listener.onRoom();
    },
    disturb(disturbance) {
      const seed = disturbance.seed ?? 1;
      down = createFate(disturbance);
      up = createFate({ ...disturbance, seed: seed + 1 });
    },
    cutAfter(messages) {
      left = messages;
    },
    close(code, reason) {
      batch.flush();
      ws.close(code, reason);
    },
    cut: () => socket.destroy(),
  };
}
