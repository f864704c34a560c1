import { createDeferred } from '../../deferred.ts';
import { HotpassError } from '../../errors.ts';
import { createAbort, followSignals } from '../../signals.ts';
import type { System } from '../../system.ts';
import { retryPauseMs } from '../net/lifecycle.ts';
import type { Retry } from '../net/status.ts';
import type { Channel, ChannelListener } from './channel/channel.ts';
import { createRetries } from './channel/retries.ts';

/** Opens one channel to the remote host of a forward. */
type OpenOne = (listener: ChannelListener, signal: AbortSignal) => Promise<Channel>;

/** Why a place for a channel is empty, or its channel takes no streams, and when that may end. */
export interface Trouble {
  readonly why: HotpassError;
  readonly retry: Retry | undefined;
}

/** A place for one channel: it is there, or is being replaced, or nobody needs it. */
export interface Slot {
  /** Opens the first channel. Throws what stands in the way, with nothing left over there. */
  open(signal: AbortSignal): Promise<void>;
  /** The channel, where it takes streams now. */
  ready(): Channel | undefined;
  /** Undefined where there is none, also for one that nobody needs. */
  trouble(): Trouble | undefined;
  /** Opens a channel that nobody needed so far; resolves when it is there, or cannot be had for now. */
  wake(): Promise<void>;
  /** Asks the far side for a sign of life; see `Channel`. */
  answers(withinMs: number): Promise<unknown>;
  /** Tries at once where a try is waited for. */
  hurry(): void;
  /** Puts a new channel in the place of the one that is there; that one ends with its last stream. */
  renew(): Promise<void>;
  /** Ends what was opened, over there too. */
  close(): Promise<void>;
}

export interface CreateSlot {
  readonly openOne: OpenOne;
  readonly log: (text: string) => void;
  readonly onRefusal: (why: string) => void;
  readonly onMessage: (text: string) => void;
  /** The far side says that a session is over. */
  readonly onOver: (sessionId: string) => void;
  /** Something else is true than before; `how`, in words, where trouble is over. */
  readonly onChange: (how?: string) => void;
  /** The session of a channel is over for good. Gives whether streams were cut by that. */
  readonly onEnded: (channel: Channel, why: HotpassError) => boolean;
  /** A channel is there again after streams were cut. */
  readonly onReplaced: (how: string) => void;
}

/** A session that held this long was good: its end is a new event, not the next failure in a row. */
const STEADY_MS = 10_000;
const RETIRED_LOOK_MS = 500;
const NEW_SESSION = 'new session';

/** Makes a place for a channel; none is opened yet. */
export function createSlot(sys: Pick<System, 'monotonic' | 'sleep'>, create: CreateSlot): Slot {
  const { log } = create;
  const over = createAbort();
  /** Those that somebody still uses, though another one took their place. */
  const retired = new Set<Channel>();
  let channel: Channel | undefined;
  let why: HotpassError | undefined;
  let isNeeded = true;
  let hasCut = false;
  let openedAt = 0;
  let filling: Promise<void> = Promise.resolve();
  /** The first try for somebody who needs a channel again. */
  let tried = createDeferred<void>();
  let renewing: Promise<void> | undefined;

  const retries = createRetries(sys, over.signal, (reason) => {
    why = reason;
    log(`no session: ${why.message}  [${why.code}]`);
    tried.resolve();
    create.onChange();
  });

  const openOne = async (signal: AbortSignal): Promise<Channel> => {
    let opened: Channel | undefined;
    // One that retired is in no trouble that anybody need know of.
    const isOurs = () => opened !== undefined && opened === channel;
    opened = await create.openOne(
      {
        onInterrupted(reason) {
          log(`${opened?.sessionId ?? 'a session'} is interrupted: ${reason.message}  [${reason.code}]`);
          if (!isOurs()) return;
          why = reason;
          create.onChange();
        },
        onResumed() {
          log(`${opened?.sessionId ?? 'a session'} goes on`);
          if (!isOurs()) return;
          why = undefined;
          create.onChange('resumed');
        },
        onOver() {
          if (opened !== undefined) create.onOver(opened.sessionId);
        },
        onRefusal: create.onRefusal,
        onMessage: create.onMessage,
      },
      signal,
    );
    return opened;
  };

  /** Many sessions that start at once are more than an account may want, and only a matter of time. */
  const openPatiently = async (signal: AbortSignal): Promise<Channel> => {
    for (let tries = 2; ; tries += 1) {
      try {
        return await openOne(signal);
      } catch (error) {
        if (!(error instanceof HotpassError && error.code === 'aws-throttled')) throw error;
        await sys.sleep(retryPauseMs(tries, Math.random(), 'broken'), signal);
        if (signal.aborted) throw error;
      }
    }
  };

  const take = (opened: Channel) => {
    channel = opened;
    why = undefined;
    openedAt = sys.monotonic();
    void opened.ended.then((reason) => lose(opened, reason));
  };

  const lose = (ended: Channel, reason: HotpassError) => {
    retired.delete(ended);
    if (over.signal.aborted) return;
    log(`${ended.sessionId} is over: ${reason.message}  [${reason.code}]`);
    const isCut = create.onEnded(ended, reason);
    if (ended !== channel) {
      if (isCut) create.onReplaced(NEW_SESSION);
      return;
    }
    channel = undefined;
    if (sys.monotonic() - openedAt >= STEADY_MS) retries.forget();
    // The account wants no session that nobody uses: the next one is opened for the next who needs it.
    isNeeded = reason.code !== 'session-idle';
    why = isNeeded ? reason : undefined;
    create.onChange();
    if (isNeeded) {
      hasCut ||= isCut;
      filling = fill();
    } else if (isCut) create.onReplaced('opened again for the next client');
  };

  const fill = () =>
    retries.run(async () => {
      const opened = await openOne(over.signal);
      if (over.signal.aborted) return opened.close();
      take(opened);
      log(`${opened.sessionId} is open`);
      tried.resolve();
      create.onChange(NEW_SESSION);
      if (hasCut) create.onReplaced(NEW_SESSION);
      hasCut = false;
    });

  const retire = async (old: Channel): Promise<void> => {
    while (!over.signal.aborted && retired.has(old) && old.streams() > 0) {
      await sys.sleep(RETIRED_LOOK_MS, over.signal);
    }
    await old.close();
  };

  const putNew = async (): Promise<void> => {
    const opened = await openOne(over.signal);
    const old = channel;
    if (over.signal.aborted || old === undefined) return opened.close();
    retired.add(old);
    take(opened);
    log(`${opened.sessionId} takes the place of ${old.sessionId}`);
    create.onChange('new session');
    void retire(old);
  };

  return {
    async open(signal) {
      const both = followSignals(signal, over.signal);
      try {
        const opened = await openPatiently(both.signal);
        if (both.signal.aborted) {
          await opened.close();
          throw new HotpassError('interrupted', 'the session was given up');
        }
        take(opened);
      } finally {
        both.free();
      }
    },
    ready: () => (channel?.isResuming() === false ? channel : undefined),
    trouble() {
      if (channel?.isResuming())
        return {
          why: why ?? new HotpassError('ssm-failed', 'the socket was lost'),
          retry: channel.nextTry(),
        };
      if (why === undefined || channel !== undefined) return undefined;
      return { why, retry: retries.next() };
    },
    async wake() {
      if (!isNeeded) {
        isNeeded = true;
        retries.forget();
        tried = createDeferred();
        filling = fill();
      }
      if (channel === undefined && why === undefined) await Promise.race([tried.promise, filling]);
    },
    answers: async (withinMs) => channel?.answers(withinMs),
    hurry() {
      retries.hurry();
      channel?.hurry();
    },
    async renew() {
      // What sleeps or is being replaced gets a new one anyway.
      if (channel === undefined) return this.wake();
      renewing ??= putNew().finally(() => {
        renewing = undefined;
      });
      await renewing;
    },
    async close() {
      over.abort();
      const all = [channel, ...retired].map((one) => one?.close());
      await Promise.all([...all, filling, renewing?.catch(() => {})]);
    },
  };
}
