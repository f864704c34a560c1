import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** The service as a running plugin sees it: ourselves. */
export interface ServiceRelay {
  readonly port: number;
  /** For the plugin's `endpoint` argument. */
  readonly url: string;
  /** Proves to us that it is our plugin that calls; secret. Anybody on this machine can reach the port. */
  readonly accessKeyId: string;
  close(): void;
}

const TARGET = 'AmazonSSM.ResumeSession';

/**
 * Answers the one call that a plugin makes while it works: ResumeSession, once it has lost its socket. The answer may
 * take as long as it takes to get a token; `resume` gives undefined when the session is over. So the plugin needs no
 * credentials, and a login that expired meanwhile is no reason for it to give up.
 */
export async function openServiceRelay(
  sessionId: string,
  resume: () => Promise<string | undefined>,
): Promise<ServiceRelay> {
  const accessKeyId = `AKIA${randomBytes(16).toString('hex').toUpperCase()}`;
  const isOurs = (request: IncomingMessage) => {
    const [, key = ''] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    return key.length === accessKeyId.length && timingSafeEqual(Buffer.from(key), Buffer.from(accessKeyId));
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    if (!isOurs(request) || request.headers['x-amz-target'] !== TARGET) {
      return answer(response, 400, { __type: 'AccessDeniedException' });
    }
    // Without a token it says that the session is over, and leaves.
    answer(response, 200, { SessionId: sessionId, TokenValue: await resume() });
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    accessKeyId,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
