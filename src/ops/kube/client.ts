import { Agent, type AgentOptions, request } from 'node:https';
import { isIP } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { HotpassError } from '../../errors.ts';
import type { Environment } from '../../system.ts';
import { createAgent } from '../aws/connection/agent.ts';
import { explainConnection } from './explain-connection.ts';

/** Where the Kubernetes API of a cluster is, and how one knows that it is that one. */
export interface KubePlace {
  /** Address by the cluster's own name; its certificate must be for this name. */
  readonly server: URL;
  /** Certificates of the cluster's own authority, PEM; no other is trusted. */
  readonly ca: string;
  /** Where to connect in place of the server: a forward on this machine. */
  readonly through?: { readonly host: string; readonly port: number } | undefined;
}

/** One question to the API. */
export interface KubeQuestion {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** Secret; it is sent once the certificate was verified, and is in no error. */
  readonly token?: string | undefined;
  /** Told once the connection stands and the certificate is the cluster's. */
  readonly onSecure?: () => void;
}

/** What the API answered, whatever its status. */
export interface KubeAnswer {
  readonly status: number;
  /** The JSON of the answer; undefined where it is none. */
  readonly body: unknown;
}

/** A client of one Kubernetes API. */
export interface Kube {
  /** Asks. Throws `eks-unreachable`, `eks-tls-untrusted`, `eks-failed`. */
  ask(question: KubeQuestion, signal: AbortSignal): Promise<KubeAnswer>;
  close(): void;
}

const MOST_BYTES = 4 * 1024 * 1024;

/** Makes a client. Directly it goes through the proxy of the environment, as calls to AWS do. */
export function createKube(env: Environment, place: KubePlace): Kube {
  const { server, ca, through } = place;
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const named: AgentOptions = { keepAlive: true, ca, ...(isIP(host) > 0 ? {} : { servername: host }) };
  const agent = (through === undefined ? createAgent(env, ca) : undefined) ?? new Agent(named);
  const way = through ?? { host, port: Number(server.port || 443) };
  return {
    ask: (question, signal) =>
      new Promise((resolve, reject) => {
        let shown: PeerCertificate | undefined;
        const fail = (error: unknown) => reject(explainConnection(error, place, shown));
        const sent = request(
          {
            agent,
            ...way,
            ...(isIP(host) > 0 ? {} : { servername: host }),
            // Whatever NODE_TLS_REJECT_UNAUTHORIZED says: the token is the next thing that is sent.
            rejectUnauthorized: true,
            method: question.method,
            path: question.path,
            headers: headersOf(question, server),
            signal,
          },
          (response) => {
            const chunks: Buffer[] = [];
            let size = 0;
            response.on('data', (chunk: Buffer) => {
              chunks.push(chunk);
              size += chunk.length;
              if (size > MOST_BYTES) sent.destroy(tooLong(server));
            });
            response.on('error', fail);
            response.on('end', () => {
              resolve({ status: response.statusCode ?? 0, body: parseJson(Buffer.concat(chunks)) });
            });
          },
        );
        sent.on('error', fail);
        sent.on('socket', (socket) => {
          if (!(socket instanceof TLSSocket)) return;
          // It is asked for before node judges it: of a connection that was refused nothing is left.
          socket.prependOnceListener('secure', () => {
            shown = socket.getPeerCertificate();
          });
          // A connection that is used again was verified before.
          if (socket.authorized) question.onSecure?.();
          else socket.once('secureConnect', () => question.onSecure?.());
        });
        sent.end(question.body === undefined ? undefined : JSON.stringify(question.body));
      }),
    close: () => agent.destroy(),
  };
}

function headersOf({ token, body }: KubeQuestion, server: URL): Record<string, string> {
  return {
    host: server.host,
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // A page of a proxy, or nothing: the status says what there is to say.
    return undefined;
  }
}

function tooLong({ host }: URL): HotpassError {
  return new HotpassError('eks-failed', `${host} says more than an answer`);
}
