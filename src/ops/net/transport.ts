import type { Duplex } from 'node:stream';
import type { HotpassError } from '../../errors.ts';
import type { Receive } from './listening/splice.ts';
import type { Forward } from './plan.ts';
import type { Retry } from './status.ts';

/** A way to the far side. The session owns listeners, holding and reconnecting; a transport only opens and dials. */
export interface Transport {
  /** In words for status: `ssh to ec2-user@bastion`. */
  readonly through: string;
  /**
   * Opens the way once. Resolves when it carries connections; `lost` tells when it ends after that.
   * Throws a HotpassError that names the link that broke. The signal gives up the try.
   */
  open(signal: AbortSignal): Promise<OpenTransport>;
}

/** An open way to the far side. */
export interface OpenTransport {
  /**
   * Opens one byte stream to a forward's remote end. With `receive` its bytes go there and not to readers of the
   * stream. Rejects when there is none to be had.
   */
  dial(forward: Forward, receive?: Receive): Promise<Duplex>;
  /** Resolves with the reason once the way is gone, also after `close`. */
  readonly lost: Promise<HotpassError>;
  /**
   * Tells whether the way of a stream is breaking at this very moment, before `lost` or a listener is told: a stream that
   * ends over it was cut, not finished.
   */
  isBreaking(stream: Duplex): Promise<boolean>;
  /** Asks the far side for a sign of life and tells whether one came in time. Only where a way can fall silent. */
  answers?(withinMs: number): Promise<boolean>;
  /** What proves that the way of a forward is there, for status. */
  evidence(forward: Forward): string;
  /**
   * Tells why connections were refused on the far side, from now on, and of which forward (by name) where that is known;
   * gives what ends that. Only where it is told.
   */
  onRefusal?(listener: (why: string, forward?: string) => void): () => void;
  /** How it keeps its connections through an interruption. Only where a way mends itself. */
  readonly mending?: Mending;
  close(): Promise<void>;
}

/** What a way that mends itself tells of that. */
export interface Mending {
  watch(listener: MendingListener): void;
  /** The forwards that cannot be reached for now, and why; undefined when all can. */
  interruption(): Interruption | undefined;
  /** Tries at once where a try is waited for. */
  hurry(): void;
  /** Resolves when a try that was hurried has come to its end, well or not. */
  tried(): Promise<void>;
  /** Resolves when what nobody needed so far is there again, or cannot be had for now. */
  wake(): Promise<void>;
  /** Takes a new way to a forward whose service no longer answers: its name may lead elsewhere by now. */
  renew(forward: Forward): Promise<void>;
}

/** Told what becomes of the connections of an open way. */
export interface MendingListener {
  /** Another interruption than before: open connections wait, and nobody else gets through. */
  onInterrupted(interruption: Interruption): void;
  /** Every forward is reached again; `how` in words: `resumed`, `new session`. */
  onResumed(how: string): void;
  /** Some connections were cut, while others of the same forward may go on. */
  onCut(why: HotpassError): void;
  /** What was cut is replaced. */
  onReplaced(how: string): void;
}

/** What cannot be reached for now over a way that is there. */
export interface Interruption {
  readonly why: HotpassError;
  /** Names of forwards. */
  readonly forwards: ReadonlySet<string>;
  /** The try that is made or waited for. */
  readonly retry: Retry | undefined;
}
