import type { Duplex } from 'node:stream';
import type { HotpassError } from '../../../errors.ts';
import type { Receive } from '../../net/listening/splice.ts';
import type { Retry } from '../../net/status.ts';

/** One open session of Systems Manager: many byte streams to one remote host, kept through lost sockets. */
export interface Channel {
  readonly sessionId: string;
  readonly agentVersion: string;
  /**
   * Opens one byte stream. While the socket is being resumed what is written waits. With `receive` the bytes go there
   * and not to readers of the stream. Rejects when the session is over.
   */
  dial(receive?: Receive): Promise<Duplex>;
  /** Streams that are open. */
  streams(): number;
  /** Tells whether the socket is there, or being resumed. */
  isResuming(): boolean;
  /** Asks the far side for a sign of life; one that does not answer is resumed over a new socket. */
  answers(withinMs: number): Promise<boolean>;
  /** Tries at once where a resume waits for its next try. */
  hurry(): void;
  /** The try to resume that is made or waited for, while the socket is being resumed. */
  nextTry(): Retry | undefined;
  /** What proves that it is there, for status. */
  evidence(): string;
  /**
   * Resolves with the reason once the session is over for good and its streams are cut (destroyed, not ended), also
   * after `close`. `session-idle`: the account ends sessions that nobody uses; such a one is opened again when needed.
   */
  readonly ended: Promise<HotpassError>;
  /** Cuts the streams and ends the session, over there too. */
  close(): Promise<void>;
}

/** What a channel tells while it lives. */
export interface ChannelListener {
  /** The socket is gone, or a try to resume failed: streams wait. Told once for each reason. */
  onInterrupted(why: HotpassError): void;
  onResumed(): void;
  /** The far side says that the session is over, also when we ended it. Not told of an end that only the service confirms. */
  onOver?(): void;
  /** The agent refused to connect a stream. */
  onRefusal(why: string): void;
  /** Words of the account's administrator for whoever opens a session. */
  onMessage(text: string): void;
}
