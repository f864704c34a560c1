import type { Duplex } from 'node:stream';
import type { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import type { Receive } from '../../net/listening/splice.ts';
import { createBudget } from './budget.ts';
import { COMMAND, encodeFrame } from './frame.ts';
import { createFrameReader } from './frame-reader.ts';
import { nextStreamId } from './ids.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createRefusals } from './refusals.ts';
import { SmuxStream, type StreamSession } from './stream.ts';

/** Least time between two answers to keepalives: a peer that answers answers must not be met with another. */
const ALIVE_MS = 1_000;

/** What a session of smux stands on. */
export interface OpenSmux {
  /** Sends bytes on their way. False: enough, until `drain()` is called. They are not changed afterwards. */
  write(bytes: Buffer): boolean;
  /**
   * True when as much lies unread as the protocol allows: nothing may be taken from the socket until false comes.
   */
  onBudget(isSpent: boolean): void;
  /** What the agent sends cannot be read any more. Told once; the session takes nothing after that. */
  onProtocolError(why: string): void;
}

/** Many byte streams over one. */
export interface Smux {
  /**
   * Opens a stream to the remote host. With `receive` its bytes go there and not to readers of the stream: answered
   * with false, the stream waits for `resume()`. Throws the reason once the session has ended.
   */
  open(receive?: Receive): Duplex;
  /** Takes what came from the agent, in order, cut anywhere. */
  take(bytes: Buffer): void;
  /** There is room for writes again. */
  drain(): void;
  /** The agent said that it could not connect a stream; it does not say which. */
  refused(): void;
  /** Streams that neither side has closed. */
  streams(): number;
  /** Breaks every stream that is open, with this reason. Nothing is written any more. */
  end(why: HotpassError): void;
}

/** Opens the client's side of a smux session, version 1. */
export function createSmux(sys: Pick<System, 'monotonic' | 'sleep'>, open: OpenSmux): Smux {
  const streams = new Map<number, SmuxStream>();
  const budget = createBudget(open.onBudget);
  const refusals = createRefusals(sys);
  let lastId: number | undefined;
  let ended: HotpassError | undefined;

  // Who has something to send takes its turn here: one data frame each, round and round.
  const turns = new Set<Outbox>();
  let [isFull, isFlushing] = [false, false];
  const flush = () => {
    if (isFlushing) return;
    isFlushing = true;
    for (const outbox of turns) {
      if (isFull || ended !== undefined) break;
      turns.delete(outbox);
      isFull = !open.write(outbox.next());
      if (outbox.hasMore()) turns.add(outbox);
    }
    isFlushing = false;
  };

  // Streams pass on what came when all of a read of the socket is here: one large piece costs less than many small.
  const arrived = new Set<SmuxStream>();
  let isDelivering = false;
  const deliver = () => {
    isDelivering = false;
    for (const stream of arrived) {
      arrived.delete(stream);
      stream.deliver();
    }
  };

  let aliveAt = Number.NEGATIVE_INFINITY;
  const answerAlive = () => {
    if (sys.monotonic() - aliveAt < ALIVE_MS || isFull || ended !== undefined) return;
    aliveAt = sys.monotonic();
    // An agent that sends them ends a session in which it hears nothing for long.
    isFull = !open.write(encodeFrame(COMMAND.NOP, 0));
  };

  const read = createFrameReader({
    onSignal(command, id) {
      if (command === COMMAND.NOP) return answerAlive();
      const stream = streams.get(id);
      if (stream?.closeFar() === 'empty') refusals.ended(stream);
    },
    onData(id, bytes) {
      // Data may still be on its way for a stream that was closed here.
      const stream = streams.get(id);
      if (stream === undefined) return;
      stream.arrive(bytes);
      arrived.add(stream);
      if (!isDelivering) queueMicrotask(deliver);
      isDelivering = true;
      budget.spend(bytes.length);
    },
    onProtocolError: open.onProtocolError,
  });

  const session: StreamSession = {
    monotonic: sys.monotonic,
    send(outbox) {
      if (ended !== undefined) return;
      if (!outbox.hasMore()) turns.delete(outbox);
      else {
        turns.add(outbox);
        flush();
      }
    },
    giveBack: budget.giveBack,
    leave: (id) => void streams.delete(id),
  };

  return {
    open(receive) {
      if (ended !== undefined) throw ended;
      const id = nextStreamId(lastId, (one) => streams.has(one));
      lastId = id;
      const outbox = createOutbox(id);
      const stream = new SmuxStream({ id, outbox, session, receive });
      streams.set(id, stream);
      turns.add(outbox);
      // Not at once: what is written now goes along.
      queueMicrotask(flush);
      return stream;
    },
    take(bytes) {
      if (ended === undefined) read(bytes);
    },
    drain() {
      isFull = false;
      flush();
    },
    refused: refusals.tell,
    streams: () => streams.size,
    end(why) {
      ended ??= why;
      turns.clear();
      for (const stream of [...streams.values()]) stream.destroy(why);
    },
  };
}
