import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { parseJson, textAt } from './json.ts';
import { createLink, type Link } from './link.ts';
import type { Session } from './session.ts';

/** Where clients of sessions come in. */
export interface Gateway {
  /** Takes an HTTP upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** What the gateway works with. */
export interface GatewayUser {
  find(sessionId: string): Session | undefined;
  isAway(): boolean;
  /** Gives a new link the faults that hold now. */
  onLink(link: Link): void;
}

const PATH = /^\/v1\/data-channel\/([^/?]+)\?(?:.*&)?role=publish_subscribe(?:&|$)/;
const FIRST_FRAME_MS = 10_000;
const MOST_FRAME_BYTES = 1024 * 1024;
const REFUSED = 1008;

/** Makes the gateway. */
export function createGateway(user: GatewayUser): Gateway {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MOST_FRAME_BYTES,
  });
  return {
    upgrade(request, socket, head) {
      const sessionId = PATH.exec(request.url ?? '')?.[1];
      const session = sessionId === undefined ? undefined : user.find(sessionId);
      if (user.isAway()) return refuse(socket, '503 Service Unavailable');
      if (session === undefined || session.isOver()) return refuse(socket, '403 Forbidden');
      server.handleUpgrade(request, socket, head, (ws) => {
        // Whoever breaks the protocol is gone by then; `close` follows.
        ws.on('error', () => {});
        welcome(ws, socket, session, user);
      });
    },
    close: () => server.close(),
  };
}

/** Waits for the frame with the token, which is text and comes first. */
function welcome(ws: WebSocket, socket: Duplex, session: Session, user: GatewayUser): void {
  const patience = setTimeout(() => ws.close(REFUSED, 'No token'), FIRST_FRAME_MS);
  ws.once('close', () => clearTimeout(patience));
  ws.once('message', (data, isBinary) => {
    clearTimeout(patience);
    const open = isBinary ? undefined : parseJson(String(data));
    if (textAt(open, 'MessageSchemaVersion') !== '1.0' || !session.useToken(textAt(open, 'TokenValue') ?? ''))
      return ws.close(REFUSED, 'Invalid token');
    const link = createLink(ws, socket, {
      onFrame: session.fromClient,
      onRoom: session.onRoom,
      onGone: () => session.detach(link),
    });
    user.onLink(link);
    session.attach(link);
  });
}

function refuse(socket: Duplex, status: string): void {
  // Whoever is refused may be gone before it hears of it.
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
