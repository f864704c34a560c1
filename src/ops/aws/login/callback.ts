import { createServer, type ServerResponse } from 'node:http';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';

/** What a browser comes back to after a login. */
export interface Callback {
  /** With the port that it listens on. */
  readonly redirectUri: string;
  /** The code that the browser brings, or `login-failed`. */
  readonly answer: Promise<string | HotpassError>;
  close(): void;
}

const PATH = '/oauth/callback';

/** The address as a program registers it, which does not know its port yet: RFC 8252, 7.3. */
export const REGISTERED_REDIRECT = `http://127.0.0.1${PATH}`;

/** Listens on loopback for the browser that brings the code of the login with this state; all else is turned away. */
export async function listenForCode(state: string): Promise<Callback> {
  const brought = createDeferred<string | HotpassError>();
  const server = createServer((request, response) => {
    const { url = '' } = request;
    // Any page may ask this port anything, also what is no address.
    if (!URL.canParse(url, REGISTERED_REDIRECT)) return turn(response, 404, 'there is nothing here');
    const { pathname, searchParams } = new URL(url, REGISTERED_REDIRECT);
    if (pathname !== PATH || request.method !== 'GET') return turn(response, 404, 'there is nothing here');
    if (searchParams.get('state') !== state)
      return turn(response, 400, 'this is not the login that is waited for');
    const code = searchParams.get('code');
    if (code !== null) {
      turn(response, 200, 'hotpass has the login; this window can be closed');
      return brought.resolve(code);
    }
    turn(response, 200, 'the login was declined; this window can be closed');
    brought.resolve(new HotpassError('login-failed', 'the login was declined in the browser'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    redirectUri: `http://127.0.0.1:${port}${PATH}`,
    answer: brought.promise,
    close() {
      server.close();
      // A browser may hold a second connection open, with nothing on it.
      server.closeIdleConnections();
    },
  };
}

function turn(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', connection: 'close' });
  response.end(`<!doctype html><title>hotpass</title><p>${words}</p>`);
}
