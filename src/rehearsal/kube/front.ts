import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { openServer, readBody } from '../loopback.ts';
import { type Authority, createAuthority, type ServerCertificate } from './certificates.ts';
import type { CertificateFault, FrontFaults } from './front-faults.ts';
import type { KubeReply } from './status.ts';

/** An HTTPS server on loopback. */
export interface StartFront {
  readonly authority: Authority;
  /** Names and addresses in its certificate. */
  readonly names: readonly string[];
  readonly faults: FrontFaults;
  /** Answers one request; `user` is noted in the call. */
  answer(request: FrontRequest): KubeReply & { readonly user?: string | undefined };
}

/** A request as the server got it. */
export interface FrontRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request as it was seen; times are milliseconds of `performance.now()` of this process. */
export interface FrontCall {
  readonly method: string;
  readonly target: string;
  /** Who asked, where that became known. */
  readonly user: string | undefined;
  /** Undefined until it is answered. */
  readonly status: number | undefined;
  readonly beganAt: number;
  /** When its answer was sent. */
  readonly endedAt: number | undefined;
}

/** A server that runs. */
export interface Front {
  readonly port: number;
  /** Every request, in order of arrival. */
  readonly calls: readonly FrontCall[];
  /** Shows a certificate with this fault from now on, or the right one. */
  setCertificate(fault: CertificateFault | undefined): void;
  close(): Promise<void>;
}

const PAST = { from: -30, to: -2 } as const;

/** Starts an HTTPS server on a free port of 127.0.0.1. */
export async function startFront({ authority, names, faults, answer }: StartFront): Promise<Front> {
  const calls: FrontCall[] = [];
  const https = createHttpsServer(authority.issue(names), (request, response) => {
    const seen = notedCall(request);
    calls.push(seen);
    readBody(request).then(
      async (body) => {
        if (faults.stall === 'http') return;
        const { method, target } = seen;
        const { user, ...said } = answer({
          method,
          target,
          headers: request.headers,
          body: body.toString('utf8'),
        });
        if (faults.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.delayMs).unref());
        Object.assign(seen, { user, status: said.status, endedAt: performance.now() });
        reply(response, said);
      },
      // The client went away in the middle of its own request: nobody to answer.
      () => response.destroy(),
    );
  });
  // Before TLS there is a server of our own, so that it can be silent or away.
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (faults.isAway) socket.resetAndDestroy();
    else if (faults.stall !== 'tls') https.emit('connection', socket);
  });
  const { port, close } = await openServer(server);
  return {
    port,
    calls,
    setCertificate: (fault) => https.setSecureContext(certificateWith(fault, authority, names)),
    close,
  };
}

function notedCall({ method = '', url = '/' }: IncomingMessage): FrontCall {
  const beganAt = performance.now();
  return { method, target: url, user: undefined, status: undefined, beganAt, endedAt: undefined };
}

function certificateWith(
  fault: CertificateFault | undefined,
  authority: Authority,
  names: readonly string[],
): ServerCertificate {
  switch (fault) {
    case 'another-authority':
      return createAuthority('kubernetes').issue(names);
    case 'another-name':
      return authority.issue(['kubernetes.default.svc']);
    case 'expired':
      return authority.issue(names, PAST);
    case undefined:
      return authority.issue(names);
  }
}

function reply(response: ServerResponse, { status, body }: KubeReply): void {
  const isText = typeof body === 'string';
  const bytes = Buffer.from(isText ? body : `${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-cache, private',
  });
  response.end(bytes);
}
