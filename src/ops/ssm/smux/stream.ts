import { Duplex } from 'node:stream';
import { HotpassError } from '../../../errors.ts';
import type { Receive } from '../../net/listening/splice.ts';
import { createBacklog } from './backlog.ts';
import type { Outbox } from './outbox.ts';

/** Bytes that a stream takes from its writer before it says that it is full. */
const WRITE_BYTES = 64 * 1024;

/**
 * How long a stream that the far side closed drops what is written to it. A server may close while its client still
 * speaks: the client is to read the answer, and not to lose it to a reset.
 */
const LINGER_MS = 2_000;

/** The session of a stream, as the stream sees it. */
export interface StreamSession {
  monotonic(): number;
  /** The outbox has something to send. */
  send(outbox: Outbox): void;
  /** Bytes that came for the stream were read, or thrown away. */
  giveBack(bytes: number): void;
  /** The far side is not heard any more. */
  leave(id: number): void;
}

/** What a stream is made of. */
export interface OpenStream {
  readonly id: number;
  readonly outbox: Outbox;
  readonly session: StreamSession;
  readonly receive: Receive | undefined;
}

/**
 * One connection to the remote host. smux version 1 knows no half-close: the agent takes an end from us for the end of
 * both directions. So a writer that ends is not passed on before the far side has ended too, or this was destroyed.
 */
export class SmuxStream extends Duplex {
  readonly id: number;
  readonly #session: StreamSession;
  readonly #receive: Receive | undefined;
  readonly #outbox: Outbox;
  readonly #backlog = createBacklog();
  #isEmpty = true;
  /** Whether whoever reads takes bytes at this moment. */
  #wants: boolean;
  #farEnd: 'open' | 'closed' | 'complete' | 'told' = 'open';
  #toldAt = 0;

  constructor({ id, outbox, session, receive }: OpenStream) {
    // Unread bytes wait in the backlog, where they are counted, and not in node's buffer.
    super({ readableHighWaterMark: 0, writableHighWaterMark: WRITE_BYTES });
    this.id = id;
    this.#session = session;
    this.#receive = receive;
    this.#wants = receive !== undefined;
    this.#outbox = outbox;
    // A stream that breaks before anybody is there to listen must not end the process.
    this.on('error', () => {});
  }

  /** Takes bytes of the far side. They are passed on by `deliver`. */
  arrive(bytes: Buffer): void {
    this.#isEmpty = false;
    this.#backlog.append(bytes);
  }

  /** Takes the far side's end, and answers it. Tells whether not one byte had come: it may have been refused. */
  closeFar(): 'empty' | 'served' {
    this.#farEnd = 'closed';
    this.#session.leave(this.id);
    // Nobody over there would read it.
    this.#outbox.close();
    this.#session.send(this.#outbox);
    if (this.#isEmpty) return 'empty';
    this.letEnd();
    return 'served';
  }

  /** Ends what is read, behind all that came. */
  letEnd(): void {
    this.#farEnd = 'complete';
    this.deliver();
  }

  /** Breaks: the agent did not reach the remote host. */
  refuse(): void {
    this.destroy(new HotpassError('ssm-failed', 'the agent could not connect to the remote host'));
  }

  /** Passes on what has come, as far as it is wanted. */
  deliver(): void {
    while (this.#wants && !this.destroyed) {
      const bytes = this.#backlog.take();
      if (bytes === undefined) break;
      this.#session.giveBack(bytes.length);
      this.#wants = false;
      if (this.#receive === undefined ? this.push(bytes) : this.#receive(bytes)) this.#wants = true;
    }
    if (this.#farEnd !== 'complete' || this.#backlog.length > 0 || this.destroyed) return;
    this.#farEnd = 'told';
    this.#toldAt = this.#session.monotonic();
    this.push(null);
    // Nobody reads from a stream that hands its bytes over; without a read there is no end either.
    if (this.#receive !== undefined) this.read(0);
  }

  override resume(): this {
    if (this.#receive === undefined) return super.resume();
    this.#wants = true;
    this.deliver();
    return this;
  }

  override _read(): void {
    if (this.#receive !== undefined) return;
    this.#wants = true;
    this.deliver();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#put([bytes], done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#put(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#session.leave(this.id);
    this.#session.giveBack(this.#backlog.length);
    this.#backlog.clear();
    this.#outbox.close();
    this.#session.send(this.#outbox);
    done(error);
  }

  #put(batch: readonly Buffer[], done: (error?: Error) => void): void {
    if (this.#farEnd === 'open') {
      this.#outbox.put(batch, done);
      this.#session.send(this.#outbox);
    } else if (this.#farEnd !== 'told' || this.#session.monotonic() - this.#toldAt < LINGER_MS) {
      done();
    } else done(new HotpassError('ssm-failed', 'the remote host has closed this connection'));
  }
}
