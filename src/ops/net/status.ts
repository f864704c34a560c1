import type { SessionState } from './lifecycle.ts';
import type { ForwardTraffic } from './listening/listener.ts';
import { isLoopback } from './loopback.ts';
import type { Via } from './plan.ts';

/** One layer of readiness: what is so, when it was looked at, and how. */
export interface Layer {
  readonly state: 'ok' | 'failed' | 'skipped' | 'unknown';
  /** ISO time of the look; absent when nobody has looked. */
  readonly checkedAt?: string;
  /** Evidence in words. */
  readonly how: string;
  /** How long the answer took, in milliseconds. */
  readonly ms?: number;
}

/** One forward of a session, as `net status` tells it. */
export interface ForwardStatus {
  readonly name: string;
  /** Local addresses, `127.0.0.1:4200`. */
  readonly local: readonly string[];
  readonly remote: string;
  /** Base URL for clients on this machine. */
  readonly url: string;
  readonly layers: { readonly port: Layer; readonly transport: Layer; readonly service: Layer };
  readonly traffic?: ForwardTraffic;
  readonly warnings: readonly string[];
}

/** A break that was mended: when, for how long, why, and what became of the clients. */
export interface Break {
  readonly at: string;
  readonly seconds: number;
  readonly reason: string;
  /** Clients that were held during the break and served after it, and connections that lived through it. */
  readonly kept: number;
  /** Clients that the break cut, or that were refused because it lasted longer than they are held. */
  readonly lost: number;
}

/** The next try to open a way: which in a row, from 1, and in how many seconds; 0 when it is being made. */
export interface Retry {
  readonly attempt: number;
  readonly inSeconds: number;
}

/** One session, as `net status` tells it. */
export interface SessionStatus {
  readonly label: string;
  readonly target: string;
  readonly via: Via | 'ssm';
  readonly state: SessionState;
  /** ISO time since which the state holds. */
  readonly since: string;
  readonly id: string;
  /** Process id of the background process, on its own machine. */
  readonly pid: number;
  readonly through: string;
  readonly project: string;
  readonly log: string;
  /** The session was opened by `net exec` and ends with the last command that uses it. */
  readonly lent?: boolean;
  /** Why the session is not ready; absent when it is. */
  readonly reason?: string;
  /** Error code that belongs to the reason. */
  readonly code?: string;
  /** What to look at, while the session tries by itself to come back. */
  readonly hint?: string;
  /** The try that is made or waited for. */
  readonly retry?: Retry;
  /** The next command to type; absent when there is nothing to mend. */
  readonly next?: string;
  readonly breaks: readonly Break[];
  /** What is wrong with the session's own things, with what to do; the tunnel itself works all the same. */
  readonly warnings: readonly string[];
  readonly forwards: readonly ForwardStatus[];
}

/** Writes `host:port`, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Writes the base URL under which a client of this machine reaches a forward. */
export function forwardUrl(
  forward: { readonly port: number; readonly localPort: number; readonly cluster?: unknown },
  bind: readonly string[],
): string {
  const speaksTls = forward.port === 443 || forward.cluster !== undefined;
  return `${speaksTls ? 'https' : 'http'}://${hostPort(clientAddress(bind), forward.localPort)}`;
}

/** The address for clients of this machine: what is bound for containers besides may go away with them. */
function clientAddress(bind: readonly string[]): string {
  const [first = '127.0.0.1'] = bind;
  if (first === '0.0.0.0') return '127.0.0.1';
  return bind.find(isLoopback) ?? (first === '::' ? '::1' : first);
}

/** Tells a session's status from anything else that came over a socket. */
export function isStatus(value: unknown): value is SessionStatus {
  return (
    typeof value === 'object' && value !== null && 'state' in value && 'forwards' in value && 'label' in value
  );
}
