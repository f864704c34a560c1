import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { openServer, readBody } from '../loopback.ts';
import { createSsm, type SsmCore } from './core.ts';
import { DEFAULT_CALLER, type StartSsm } from './options.ts';

/** Systems Manager of a rehearsed account, on loopback: API, message gateway and the agents behind it. */
export interface RehearsedSsm extends Omit<SsmCore, 'answer' | 'upgrade' | 'stop'> {
  readonly port: number;
  /** For AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:4000`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a rehearsed Systems Manager on a free port of 127.0.0.1. */
export async function startSsm(options: StartSsm = {}): Promise<RehearsedSsm> {
  const callers = options.callers ?? [DEFAULT_CALLER];
  let port = 0;
  const { answer, upgrade, stop, ...core } = createSsm(options, {
    port: () => port,
    findCaller: (accessKeyId) => callers.find((one) => one.accessKeyId === accessKeyId),
  });
  const server = createServer((request, response) => serve(answer, request, response));
  server.on('upgrade', upgrade);
  const open = await openServer(server);
  port = open.port;
  return {
    ...core,
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      stop();
      return open.close();
    },
  };
}

function serve(answerCall: SsmCore['answer'], request: IncomingMessage, response: ServerResponse): void {
  readBody(request).then(
    (body) => {
      const { status, body: answer } = answerCall(request.headers, body.toString('utf8'));
      const bytes = Buffer.from(JSON.stringify(answer));
      response.writeHead(status, {
        'content-type': 'application/x-amz-json-1.1',
        'content-length': bytes.length,
        'x-amzn-requestid': '00000000-0000-4000-8000-000000000000',
      });
      response.end(bytes);
    },
    // The client went away in the middle of its own request: nobody to answer.
    () => response.destroy(),
  );
}
