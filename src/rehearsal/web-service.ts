import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { openServer, readBody } from './loopback.ts';

/** Where a stand-in listens. */
export interface Listen {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: any free one. */
  readonly port?: number | undefined;
}

/** What a stand-in answers to one request. */
export interface Reply {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
}

/** One request as a stand-in got it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A running stand-in, and the faults that it can be told to have. */
export interface WebService {
  readonly port: number;
  /** `http://127.0.0.1:4200`, without a slash at the end. */
  readonly url: string;
  /** Every request since the start, in order. */
  readonly requests: readonly SeenRequest[];
  /** From now on answers every request with this status and Prefect's kind of error body. */
  say(status: number): void;
  /** From now on takes requests and never answers; those that wait are never answered either. */
  hang(): void;
  /** From now on answers this many milliseconds after the request. */
  slow(ms: number): void;
  /** From now on closes every connection as it comes, and those that are open now. */
  breakConnections(): void;
  /** Ends every fault. */
  heal(): void;
  close(): Promise<void>;
}

type Fault =
  | { readonly kind: 'say'; readonly status: number }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'hang' | 'break' };

/** Starts a web service that answers JSON from one function. Rejects when the port is busy. */
export async function startWebService(
  listen: Listen,
  answer: (request: SeenRequest) => Reply,
): Promise<WebService> {
  const requests: SeenRequest[] = [];
  let fault: Fault | undefined;

  const server = createServer((request, response) => {
    readBody(request).then(
      (body) => {
        const seen = {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          body: body.toString('utf8'),
        };
        requests.push(seen);
        if (fault?.kind === 'hang') return;
        const said =
          fault?.kind === 'say'
            ? { status: fault.status, body: { exception_message: 'rehearsed fault' } }
            : answer(seen);
        if (fault?.kind !== 'slow') reply(response, said);
        else setTimeout(() => reply(response, said), fault.ms).unref();
      },
      // The client went away in the middle of its own request: nobody to answer.
      () => response.destroy(),
    );
  });
  server.on('connection', (socket) => {
    if (fault?.kind === 'break') socket.destroy();
  });
  const host = listen.host ?? '127.0.0.1';
  const { port, cutAll, close } = await openServer(server, host, listen.port);
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    requests,
    say: (status) => {
      fault = { kind: 'say', status };
    },
    hang: () => {
      fault = { kind: 'hang' };
    },
    slow: (ms) => {
      fault = { kind: 'slow', ms };
    },
    breakConnections: () => {
      fault = { kind: 'break' };
      cutAll();
    },
    heal: () => {
      fault = undefined;
    },
    close,
  };
}

function reply(response: ServerResponse, { status, body }: Reply): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}
