import { asHotpassError, HotpassError } from '../../errors.ts';
import { type Following, followSignals } from '../../signals.ts';
import type { System } from '../../system.ts';
import type { Breaks } from './breaks.ts';
import { retryPauseMs } from './lifecycle.ts';
import { needsPerson } from './needs-person.ts';
import type { Retry } from './status.ts';
import type { Interruption, OpenTransport, Transport } from './transport.ts';

/** The one way of a session to its far side: opened, lost, and opened again, as the lifecycle says. */
export interface Way {
  current(): OpenTransport | undefined;
  /** Tells whether a way is open and every forward reached over it. */
  isWhole(): boolean;
  /** How long the open way took to open, in milliseconds. */
  openedInMs(): number;
  /** Tries once. What comes of it is told to `onOpen` or `onFailed`. */
  open(): Promise<void>;
  /** Tries once more after the pause that is due. */
  retry(): Promise<void>;
  /**
   * Asks whether an open way is still there after time went by unnoticed: told to `onOpen`, or it is lost. Where none
   * is open the next try is made at once, and what failed before counts no more.
   */
  verify(how: string): Promise<void>;
  /** Tries at once: cuts the pause short, and begins a running try anew. A way that is whole is left alone. */
  hurry(): void;
  /** The try that follows a lost or failed one, or an interruption; undefined while the way is open. */
  nextTry(): Retry | undefined;
  /** Resolves when the try that runs or is waited for is over; at once when there is none. */
  tried(): Promise<void>;
  close(): Promise<void>;
}

export interface CreateWay {
  readonly transport: Transport;
  readonly breaks: Breaks;
  readonly log: (text: string) => void;
  /** Aborted when the session is torn down: no try follows. */
  readonly over: AbortSignal;
  /** The way is open, or was found to be open still. */
  readonly onOpen: () => void;
  readonly onFailed: (why: HotpassError) => void;
  /** An open way is gone. */
  readonly onLost: (lost: OpenTransport, why: HotpassError) => void;
  /** An open way mends itself, and keeps its connections; told again when that changes. */
  readonly onInterrupted: (interruption: Interruption) => void;
  /** How many connections to these forwards there are. */
  readonly countActive: (forwards: ReadonlySet<string>) => number;
}

/** A way that held this long was good: its loss is a new event, not the next failure in a row. */
const STEADY_MS = 10_000;
/** Long enough for a network that has to wake up too: a good connection outlives a short sleep. */
const ANSWER_MS = 5_000;

/** Makes the way of a session; nothing is opened yet. */
export function createWay(sys: Pick<System, 'monotonic' | 'sleep'>, create: CreateWay): Way {
  const { transport, breaks, log, over } = create;
  let open: OpenTransport | undefined;
  let openedAt = 0;
  let openedInMs = 0;
  let attempt = 0;
  let refused = false;
  /** Cuts a pause short. */
  let rest: Following | undefined;
  /** Cuts a try short: another one follows at once. */
  let anew: Following | undefined;
  let running: Promise<void> = Promise.resolve();
  let asked: OpenTransport | undefined;
  let next: { readonly attempt: number; readonly at: number } | undefined;

  const tryOnce = async (): Promise<void> => {
    const began = sys.monotonic();
    const cut = followSignals(over);
    anew = cut;
    try {
      const way = await transport.open(cut.signal);
      if (over.aborted) return await way.close();
      refused = false;
      open = way;
      openedAt = sys.monotonic();
      openedInMs = openedAt - began;
      void way.lost.then((why) => lose(way, why));
      watchMending(way);
      next = undefined;
      breaks.mend();
      create.onOpen();
    } catch (error) {
      if (over.aborted) return;
      if (cut.signal.aborted) return await tryOnce();
      const why = asHotpassError(error);
      refused = needsPerson(why);
      log(`no way: ${why.message}  [${why.code}]`);
      create.onFailed(why);
    } finally {
      cut.free();
    }
  };

  const lose = (way: OpenTransport, why: HotpassError) => {
    if (open !== way || over.aborted) return;
    open = undefined;
    breaks.begin(why.message);
    if (sys.monotonic() - openedAt >= STEADY_MS) attempt = 0;
    create.onLost(way, why);
  };

  const watchMending = (way: OpenTransport) => {
    let affected: ReadonlySet<string> = new Set();
    // Nobody got through to them meanwhile: who is connected was connected before.
    const keepThose = (names: readonly string[]) => breaks.keep(create.countActive(new Set(names)));
    const isCurrent = () => open === way && !over.aborted;
    way.mending?.watch({
      onInterrupted(interruption) {
        if (!isCurrent()) return;
        breaks.begin(interruption.why.message);
        keepThose([...affected].filter((name) => !interruption.forwards.has(name)));
        affected = interruption.forwards;
        create.onInterrupted(interruption);
      },
      onResumed(how) {
        if (!isCurrent()) return;
        breaks.mend(how);
        keepThose([...affected]);
        affected = new Set();
        create.onOpen();
      },
      onCut: (why) => isCurrent() && breaks.suspect(why.message),
      onReplaced: (how) => way.mending?.interruption() === undefined && breaks.mend(how),
    });
  };

  const tryLater = async () => {
    attempt += 1;
    const pause = retryPauseMs(attempt, Math.random(), refused ? 'refused' : 'broken');
    next = { attempt, at: sys.monotonic() + pause };
    log(`try ${attempt} in ${(pause / 1000).toFixed(1)} s`);
    rest = followSignals(over);
    await sys.sleep(pause, rest.signal);
    rest.free();
    next = { ...next, at: 0 };
    if (!over.aborted) await tryOnce();
  };

  return {
    current: () => open,
    isWhole: () => open !== undefined && open.mending?.interruption() === undefined,
    openedInMs: () => openedInMs,
    open() {
      running = tryOnce();
      return running;
    },
    retry() {
      running = tryLater();
      return running;
    },
    hurry() {
      attempt = 0;
      rest?.abort();
      anew?.abort();
      open?.mending?.hurry();
    },
    nextTry() {
      if (next === undefined) return open?.mending?.interruption()?.retry;
      const { attempt, at } = next;
      return { attempt, inSeconds: Math.max(0, Math.round((at - sys.monotonic()) / 1000)) };
    },
    tried: () => open?.mending?.tried() ?? running,
    async verify(how) {
      attempt = 0;
      rest?.abort();
      const way = open;
      if (way === undefined || way === asked) return;
      asked = way;
      const isThere = (await way.answers?.(ANSWER_MS)) ?? true;
      asked = undefined;
      if (open !== way || over.aborted) return;
      const interruption = way.mending?.interruption();
      if (interruption !== undefined) return create.onInterrupted(interruption);
      if (isThere) return create.onOpen();
      lose(way, silent(transport, how));
      await way.close();
    },
    async close() {
      await open?.close();
      // A try that was given up has something to put back too.
      await running;
    },
  };
}

function silent({ through }: Transport, how: string): HotpassError {
  return new HotpassError('ssh-unreachable', `${through} did not outlive that ${how}`, {
    hint: 'is the network or the VPN still there?',
  });
}
