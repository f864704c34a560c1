import type { Socket } from 'node:net';
import type { PortForm, PortUser } from './port-form.ts';
import { CMD, createFrameReader, frameHead, MOST_FRAME_BYTES } from './smux-frames.ts';
import { type KeepaliveTimes, startKeepalive } from './smux-keepalive.ts';
import { attachTarget, type TargetStream } from './target-stream.ts';

interface Stream {
  readonly waiting: Buffer[];
  target: TargetStream | undefined;
  /** The client wants no more of it. */
  isFinished: boolean;
}

const BUDGET_BYTES = 4 * 1024 * 1024;
const ACCEPT_QUEUE = 1024;

/**
 * Makes the streams: targets are dialled one after the other, FIN is a full close, and there is no flow control but one
 * budget for all that was received (agent/session/plugins/port/port_mux.go, xtaci/smux). Old clients get keepalives.
 */
export function createMux(user: PortUser, keepaliveTimes: KeepaliveTimes | undefined): PortForm {
  const streams = new Map<number, Stream>();
  const targets = new Set<TargetStream>();
  const toDial: number[] = [];
  let held = 0;
  let isDialling = false;
  let isStopped = false;
  let wasBlocked = false;
  let isFull = false;

  const isBlocked = () => held >= BUDGET_BYTES || toDial.length >= ACCEPT_QUEUE;
  const release = (bytes: number) => {
    held -= bytes;
    unblock();
  };
  const unblock = () => {
    if (!wasBlocked || isBlocked() || isStopped) return;
    wasBlocked = false;
    user.onUnblocked();
  };
  const push = (piece: Buffer) => {
    if (user.push(piece) || isFull) return;
    isFull = true;
    for (const target of targets) target.pause();
  };
  const endStream = (id: number) => {
    if (isStopped || !streams.delete(id)) return;
    push(frameHead(CMD.FIN, id, 0));
  };

  const open = (id: number, stream: Stream, socket: Socket) => {
    const target = attachTarget(socket, {
      onData: (piece) => {
        if (stream.isFinished || !streams.has(id)) return;
        user.onDown(piece.length);
        for (let at = 0; at < piece.length; at += MOST_FRAME_BYTES) {
          const part = piece.subarray(at, at + MOST_FRAME_BYTES);
          push(frameHead(CMD.PSH, id, part.length));
          push(part);
        }
      },
      onEnd: () => endStream(id),
      onTaken: (bytes) => {
        user.onUp(bytes);
        release(bytes);
      },
      onClose: () => targets.delete(target),
    });
    targets.add(target);
    stream.target = target;
    for (const piece of stream.waiting) target.write(piece);
    stream.waiting.length = 0;
    if (stream.isFinished) target.finish();
    else if (isFull) target.pause();
  };

  const dialNext = async (): Promise<void> => {
    if (isDialling) return;
    isDialling = true;
    for (let id = toDial.shift(); id !== undefined && !isStopped; id = toDial.shift()) {
      unblock();
      const stream = streams.get(id);
      if (stream === undefined) continue;
      try {
        const socket = await user.dial();
        if (isStopped) socket.destroy();
        else open(id, stream, socket);
      } catch {
        // The agent does not say why to its client either.
        if (isStopped) break;
        release(stream.waiting.reduce((sum, { length }) => sum + length, 0));
        user.onRefused();
        endStream(id);
      }
    }
    isDialling = false;
  };

  const read = createFrameReader({
    onOpen(id) {
      if (streams.has(id)) return;
      streams.set(id, { waiting: [], target: undefined, isFinished: false });
      toDial.push(id);
      void dialNext();
    },
    onClose(id) {
      const stream = streams.get(id);
      if (stream === undefined) return;
      stream.isFinished = true;
      stream.target?.finish();
    },
    onData(id, piece) {
      const stream = streams.get(id);
      if (stream === undefined || stream.isFinished) return;
      held += piece.length;
      if (stream.target === undefined) stream.waiting.push(piece);
      else stream.target.write(piece);
    },
  });
  const keepalive =
    keepaliveTimes === undefined
      ? undefined
      : startKeepalive(
          keepaliveTimes,
          () => push(frameHead(CMD.NOP, 0, 0)),
          () => user.onOver(''),
        );
  return {
    take(piece) {
      keepalive?.heard();
      const isSmux = read(piece);
      if (isBlocked()) wasBlocked = true;
      return isSmux;
    },
    // What ends here is told by FIN.
    disconnect() {},
    isBlocked,
    onRoom() {
      if (!isFull) return;
      isFull = false;
      for (const target of targets) target.resume();
    },
    facts: () => ({ streams: streams.size, targetSockets: targets.size }),
    stop() {
      isStopped = true;
      keepalive?.stop();
      for (const target of targets) target.destroy();
      streams.clear();
      toDial.length = 0;
    },
  };
}
