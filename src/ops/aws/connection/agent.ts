import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { Environment } from '../../../system.ts';
import { askProxy } from './ask-proxy.ts';
import { findProxy } from './proxy.ts';

type Done = (error: Error | null, stream: Duplex) => void;

/**
 * Makes what connects to AWS, calls and sockets of sessions alike: with these certificates in place of node's own, and
 * through the proxy of the environment. Undefined where node's own way does.
 */
export function createAgent(env: Environment, ca: string | undefined): Agent | undefined {
  // Any name will do: this one is of no company's own network.
  const hasProxy = findProxy(env, 'amazonaws.com') !== undefined;
  if (!hasProxy && ca === undefined) return undefined;
  return new ProxyAgent(env, { keepAlive: true, ...(ca === undefined ? {} : { ca }) });
}

class ProxyAgent extends Agent {
  readonly #env: Environment;

  constructor(env: Environment, options: AgentOptions) {
    super(options);
    this.#env = env;
  }

  override createConnection(options: RequestOptions, done?: Done): Duplex | null | undefined {
    const host = options.host ?? 'localhost';
    const proxy = findProxy(this.#env, host);
    if (proxy === undefined || done === undefined) return super.createConnection(options, done);
    const { ca } = this.options;
    const { rejectUnauthorized } = options;
    const trusted = {
      ...(ca === undefined ? {} : { ca }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    };
    askProxy(proxy, `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`).then(
      (socket) => done(null, connect({ socket, host, servername: isIP(host) > 0 ? '' : host, ...trusted })),
      (error: Error) => done(error, new Duplex()),
    );
    return undefined;
  }
}
