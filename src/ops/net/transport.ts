import type { Duplex } from 'node:stream';
import type { HotpassError } from '../../errors.ts';
import type { Forward } from './plan.ts';
import type { Receive } from './splice.ts';

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
   * Tells whether the way is breaking at this very moment, before `lost` says so: a stream that ends over it was cut,
   * not finished.
   */
  isBreaking(): Promise<boolean>;
  /** Asks the far side for a sign of life and tells whether one came in time. Only where a way can fall silent. */
  answers?(withinMs: number): Promise<boolean>;
  /** What proves that the way is there, for status. */
  evidence(): string;
  /** Tells why connections were refused on the far side, from now on; gives what ends that. Only where it is told. */
  onRefusal?(listener: (why: string) => void): () => void;
  close(): Promise<void>;
}
