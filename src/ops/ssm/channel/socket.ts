import type { Agent } from 'node:https';
import type { Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import type { HotpassError } from '../../../errors.ts';
import { explainClose, explainSocketError } from './socket-end.ts';

/** One websocket of a session. */
export interface ChannelSocket {
  /** Sends one frame. What is sent in one turn goes out together. Dropped once the socket is gone. */
  send(frame: Uint8Array | string): void;
  /** Asks for a pong with the same mark, at most 125 bytes. */
  ping(mark: string): void;
  /** Bytes that the system has not taken yet. */
  unsent(): number;
  /** Stops, or goes on, reading: nothing is heard meanwhile, no pong and no end either. */
  pause(): void;
  resume(): void;
  /** Ends it at once; nothing is told any more. */
  cut(): void;
}

/** What a websocket tells while it lives. */
export interface SocketListener {
  /** Told first: frames may come with the very bytes that open it. */
  onOpen(socket: ChannelSocket): void;
  onFrame(bytes: Buffer): void;
  onPong(mark: string): void;
  /** The system took all that was sent. */
  onDrain(): void;
  /** Told once, and last. */
  onGone(why: HotpassError): void;
}

/** Opens a websocket. Rejects with `aws-unreachable`, `ssm-failed`; the signal gives up the try. */
export type OpenSocket = (url: URL, listener: SocketListener, signal: AbortSignal) => Promise<void>;

/** Far above what either end sends in one frame, so that a hostile one cannot fill the memory. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** How long who said goodbye may keep the connection. */
const CLOSE_TIMEOUT_MS = 500;

const OPTIONS: ClientOptions & { readonly closeTimeout: number } = {
  perMessageDeflate: false,
  followRedirects: false,
  maxPayload: MAX_FRAME_BYTES,
  closeTimeout: CLOSE_TIMEOUT_MS,
  // Text is read as bytes, so there is nothing to check.
  skipUTF8Validation: true,
};

/**
 * Makes what opens websockets to the message gateway: it follows no redirect and asks for no compression. `agent`
 * connects those that are encrypted, in place of node's own way.
 */
export function createOpenSocket(agent: Agent | undefined): OpenSocket {
  return (url, listener, signal) => {
    const isOurs = agent !== undefined && url.protocol === 'wss:';
    return openWith(isOurs ? { ...OPTIONS, agent } : OPTIONS, url, listener, signal);
  };
}

function openWith(
  options: ClientOptions,
  url: URL,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, options);
    let below: Socket | undefined;
    let failure: HotpassError | undefined;
    let tell: SocketListener | undefined;
    const giveUp = () => ws.terminate();
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    ws.on('upgrade', (response) => {
      below = response.socket;
      below.setNoDelay(true);
      below.on('drain', () => tell?.onDrain());
    });
    ws.on('error', (error) => {
      failure ??= explainSocketError(error, url);
      ws.terminate();
    });
    ws.on('close', (code, reason) => {
      signal.removeEventListener('abort', giveUp);
      const why = failure ?? explainClose(code, reason.toString());
      reject(why);
      tell?.onGone(why);
    });
    ws.on('message', (data) => {
      if (Buffer.isBuffer(data)) tell?.onFrame(data);
    });
    ws.on('pong', (mark) => tell?.onPong(mark.toString()));
    ws.on('open', () => {
      signal.removeEventListener('abort', giveUp);
      tell = listener;
      const cut = () => {
        tell = undefined;
        ws.terminate();
      };
      listener.onOpen({
        ...startSending(ws, below),
        pause: () => ws.pause(),
        resume: () => ws.resume(),
        cut,
      });
      resolve();
    });
  });
}

/** Frames of one turn leave in one write: thousands of small ones a second cost too much one by one. */
function startSending(
  ws: WebSocket,
  below: Socket | undefined,
): Pick<ChannelSocket, 'send' | 'ping' | 'unsent'> {
  let isCorked = false;
  const flush = () => {
    isCorked = false;
    below?.uncork();
  };
  return {
    send(frame) {
      if (ws.readyState !== WebSocket.OPEN) return;
      if (!isCorked) {
        isCorked = true;
        below?.cork();
        queueMicrotask(flush);
      }
      ws.send(frame);
    },
    ping(mark) {
      if (ws.readyState === WebSocket.OPEN) ws.ping(mark);
    },
    unsent: () => ws.bufferedAmount,
  };
}
