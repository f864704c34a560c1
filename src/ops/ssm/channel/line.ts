import { HotpassError } from '../../../errors.ts';
import { createAbort } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import { createFrameQueue } from '../delivery/frame-queue.ts';
import { makeOpenFrame } from '../message/open-frame.ts';
import { keepAlive } from './keepalive.ts';
import type { ChannelSocket, OpenSocket, SocketListener } from './socket.ts';

/** One websocket of a session, from its open frame to its end. */
export interface Line {
  /** Sends a frame; dropped once the socket is gone. */
  send(frame: Uint8Array): void;
  /** Bytes that wait to leave. */
  unsent(): number;
  /** Stops, or goes on, reading. Silence means nothing meanwhile. */
  hold(isHeld: boolean): void;
  /** Milliseconds since the far side was heard. */
  heardAgoMs(): number;
  /** Asks for a pong, and tells whether it came in time. A line that is not read cannot tell, and is believed. */
  answers(withinMs: number): Promise<boolean>;
  /** Ends it as lost, for this reason. */
  lose(why: HotpassError): void;
  /** Ends it without a word. */
  cut(): void;
}

export interface OpenLine {
  readonly url: URL;
  /** Secret. */
  readonly token: string;
  readonly clientId: string;
  readonly openSocket: OpenSocket;
  /** Told first. */
  readonly onOpen: (line: Line) => void;
  readonly onFrame: (bytes: Buffer) => void;
  /** All that was sent has left. */
  readonly onDrain: () => void;
  /** The far side was heard for the first time: it took the token. */
  readonly onProved: () => void;
  /** Told at most once, and last. */
  readonly onLost: (why: HotpassError) => void;
}

/** What the websocket is given at a time: acks come back before all is gone, and a lost websocket loses little. */
const BATCH_BYTES = 256 * 1024;
/** Reading waits while more than this cannot be sent: above all that may be unacknowledged only acks grow so many. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

/** Opens a websocket and says who we are. Rejects with `aws-unreachable`, `ssm-failed`. */
export function openLine(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  open: OpenLine,
  signal: AbortSignal,
): Promise<void> {
  let running: RunningLine | undefined;
  return open.openSocket(
    open.url,
    {
      onOpen(socket) {
        running = runLine(sys, open, socket);
        open.onOpen(running.line);
      },
      onFrame: (bytes) => running?.onFrame(bytes),
      onPong: (mark) => running?.onPong(mark),
      onDrain: () => running?.onDrain(),
      onGone: (why) => running?.onGone(why),
    },
    signal,
  );
}

interface RunningLine extends Omit<SocketListener, 'onOpen'> {
  readonly line: Line;
}

function runLine(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  open: OpenLine,
  socket: ChannelSocket,
): RunningLine {
  const over = createAbort();
  const asked = new Map<string, (answered: boolean) => void>();
  const waiting = createFrameQueue();
  let heard = 0;
  let heardAt = sys.monotonic();
  let isHeld = false;
  /** More waits to leave than the network takes. */
  let isChoked = false;
  let given = 0;
  let marks = 0;
  const hear = () => {
    heard += 1;
    heardAt = sys.monotonic();
    if (heard === 1) open.onProved();
  };
  const end = () => {
    if (over.signal.aborted) return false;
    over.abort();
    for (const answer of asked.values()) answer(false);
    return true;
  };
  const unsent = () => socket.unsent() + waiting.bytes();
  const give = (frame: Uint8Array) => {
    given += frame.length;
    socket.send(frame);
  };
  const ping = () => {
    marks += 1;
    socket.ping(String(marks));
    return String(marks);
  };
  const line: Line = {
    send(frame) {
      if (waiting.bytes() === 0 && socket.unsent() < BATCH_BYTES) give(frame);
      else waiting.add(frame);
    },
    unsent,
    hold(hold) {
      isHeld = hold;
      if (hold) socket.pause();
      else if (!isChoked) socket.resume();
    },
    heardAgoMs: () => sys.monotonic() - heardAt,
    async answers(withinMs) {
      if (isHeld || over.signal.aborted) return isHeld;
      const mark = ping();
      const answered = new Promise<boolean>((resolve) => asked.set(mark, resolve));
      const late = createAbort();
      const isThere = await Promise.race([answered, sys.sleep(withinMs, late.signal).then(() => isHeld)]);
      late.abort();
      asked.delete(mark);
      return isThere;
    },
    lose(why) {
      socket.cut();
      if (end()) open.onLost(why);
    },
    cut() {
      end();
      socket.cut();
    },
  };
  socket.send(makeOpenFrame(open.token, open.clientId));
  // Not every service says something at once; a pong is as good.
  ping();
  const onSilent = () => line.lose(new HotpassError('aws-unreachable', 'SSM does not answer any more'));
  // What cannot be read is judged by what the network still takes.
  const signs = () => (isChoked ? heard + given - socket.unsent() : heard);
  void keepAlive(sys, { ping, heard: signs, isDeaf: () => isHeld, onSilent }, over.signal);
  return {
    line,
    onFrame(bytes) {
      hear();
      open.onFrame(bytes);
      if (isChoked || unsent() <= MAX_UNSENT_BYTES) return;
      isChoked = true;
      socket.pause();
    },
    onPong(mark) {
      asked.get(mark)?.(true);
      hear();
    },
    onDrain() {
      let frame = waiting.first();
      for (; frame !== undefined && socket.unsent() < BATCH_BYTES; frame = waiting.first()) {
        give(frame);
        waiting.drop();
      }
      if (waiting.bytes() > 0) return;
      if (isChoked) {
        isChoked = false;
        if (!isHeld) socket.resume();
      }
      open.onDrain();
    },
    onGone(why) {
      if (end()) open.onLost(why);
    },
  };
}
