import type { Duplex } from 'node:stream';
import { HotpassError } from '../../errors.ts';
import type { System } from '../../system.ts';
import type { Receive } from '../net/listening/splice.ts';
import { needsPerson } from '../net/needs-person.ts';
import type { Channel } from './channel/channel.ts';
import { openSideBySide } from './side-by-side.ts';
import { type CreateSlot, createSlot, type Slot, type Trouble } from './slot.ts';

/** The channels of one forward: connections are spread over them, and what is lost of them is replaced. */
export interface Pool {
  /** Opens all side by side. Throws what stood in the way first, with nothing left over there. */
  open(signal: AbortSignal): Promise<void>;
  /** Opens a stream over the channel that has the fewest. */
  dial(receive: Receive | undefined): Promise<Duplex>;
  /** Why no channel takes streams; undefined while one does, or would as soon as somebody comes. */
  trouble(): Trouble | undefined;
  /** Tells whether a stream ends, or has ended, because its session is over. */
  isBreaking(stream: Duplex): Promise<boolean>;
  answers(withinMs: number): Promise<void>;
  /** Opens what nobody needed so far; resolves when it is there, or cannot be had for now. */
  wake(): Promise<void>;
  hurry(): void;
  /** Puts new channels in the place of those that are there; they end with their last streams. */
  renew(): Promise<void>;
  evidence(): string;
  close(): Promise<void>;
}

interface CreatePool extends Omit<CreateSlot, 'onEnded'> {
  /** Channels, 1 to 16. */
  readonly count: number;
  /** Streams were cut, because their session is over for good. */
  readonly onCut: (why: HotpassError) => void;
}

/** How long the end of a session is waited for, once a stream of it was cut; and the other way round. */
const NOTICE_MS = 50;

/** Makes the channels of one forward; none is opened yet. */
export function createPool(sys: Pick<System, 'monotonic' | 'sleep'>, create: CreatePool): Pool {
  const { count, log } = create;
  const channelOf = new WeakMap<Duplex, Channel>();
  const cutAt = new WeakMap<Channel, number>();
  const open = new WeakMap<Channel, Set<Duplex>>();
  let isClosed = false;

  const follow = (stream: Duplex, channel: Channel) => {
    if (stream.closed) return;
    const streams = open.get(channel) ?? new Set();
    open.set(channel, streams.add(stream));
    channelOf.set(stream, channel);
    stream.once('close', () => {
      streams.delete(stream);
      if (!stream.readableEnded) cutAt.set(channel, sys.monotonic());
    });
  };

  const wasBusy = (channel: Channel) => {
    const sinceCut = sys.monotonic() - (cutAt.get(channel) ?? Number.NEGATIVE_INFINITY);
    return (open.get(channel)?.size ?? 0) > 0 || sinceCut < NOTICE_MS;
  };

  const slots = Array.from({ length: count }, (_, index): Slot => {
    const name = count === 1 ? '' : ` (channel ${index + 1} of ${count})`;
    return createSlot(sys, {
      ...create,
      log: (text) => log(`${text}${name}`),
      onEnded(channel, why) {
        const isCut = wasBusy(channel);
        if (isCut) create.onCut(why);
        return isCut;
      },
    });
  });

  const trouble = () => {
    const troubles = slots.map((slot) => slot.trouble());
    const found = troubles.filter((one) => one !== undefined);
    if (found.length < slots.length) return undefined;
    return found.find(({ why }) => needsPerson(why)) ?? found[0];
  };

  const wake = async () => {
    await Promise.all(slots.map((slot) => slot.wake()));
  };

  return {
    open: (signal) => openSideBySide(slots, signal),

    async dial(receive) {
      for (;;) {
        const ready = slots.map((slot) => slot.ready()).filter((channel) => channel !== undefined);
        const [first, ...others] = ready;
        if (first === undefined) {
          // Nothing is woken any more, so nothing would ever be ready.
          if (isClosed) throw new HotpassError('interrupted', 'the session was told to end');
          const { why } = trouble() ?? {};
          if (why !== undefined) throw why;
          await wake();
          continue;
        }
        const channel = others.reduce((best, one) => (one.streams() < best.streams() ? one : best), first);
        try {
          const stream = await channel.dial(receive);
          follow(stream, channel);
          return stream;
        } catch (error) {
          // Its session ended just now; another one may take the stream.
          if (slots.some((slot) => slot.ready() === channel)) throw error;
        }
      }
    },

    trouble,
    wake,

    async isBreaking(stream) {
      // Only the far side's own word ends a stream; what a lost session takes with it is destroyed.
      const channel = channelOf.get(stream);
      if (channel === undefined || stream.readableEnded) return false;
      const patience = new AbortController();
      const isOver = await Promise.race([
        channel.ended.then(() => true),
        sys.sleep(NOTICE_MS, patience.signal).then(() => false),
      ]);
      patience.abort();
      return isOver;
    },

    async answers(withinMs) {
      await Promise.all(slots.map((slot) => slot.answers(withinMs)));
    },

    hurry() {
      for (const slot of slots) slot.hurry();
    },

    async renew() {
      const outcomes = await Promise.allSettled(slots.map((slot) => slot.renew()));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined && outcomes.every(({ status }) => status === 'rejected')) throw failed.reason;
    },

    evidence() {
      const ready = slots.map((slot) => slot.ready()).filter((channel) => channel !== undefined);
      const [only] = ready;
      if (only === undefined)
        return 'no SSM session is open: nobody used it, and the next client gets a new one';
      return count === 1 ? only.evidence() : `${ready.length} of ${count} SSM sessions; ${only.evidence()}`;
    },

    async close() {
      isClosed = true;
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}
