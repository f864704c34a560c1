import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createDeferred } from '../../../src/deferred.ts';
import { HotpassError } from '../../../src/errors.ts';
import { dialSocket } from '../../../src/ops/net/dial.ts';
import type { Forward, TunnelPlan } from '../../../src/ops/net/plan.ts';
import type {
  Interruption,
  MendingListener,
  OpenTransport,
  Transport,
} from '../../../src/ops/net/transport.ts';

/** How one try of a fake transport goes: it opens, or fails with this error, or hangs until it is given up. */
type Try = 'opens' | 'hangs' | HotpassError;

/** A transport that a test leads: real sockets to a real server, no ssh in between. */
export interface FakeTransport extends Transport {
  /** How the next tries go; when none is left they open. */
  readonly tries: Try[];
  /** Tries so far. */
  count(): number;
  /** Breaks the open way. */
  lose(reason?: HotpassError): void;
  /** Ways that are open and not yet closed. */
  openWays(): number;
  /** From now on dials go nowhere, though the way is there. */
  refuse: boolean;
  /** Lets the open way be interrupted for these forwards, or go on. */
  interrupt(interruption: Interruption | undefined): void;
  /** Cuts the connections of the open way, which itself goes on. */
  cut(why: HotpassError): void;
  /** What was cut is replaced. */
  replaced(how: string): void;
  /** How often somebody wanted a try at once, and a new way to a forward. */
  readonly wanted: { hurry: number; renew: string[] };
  /** Called when a new way to a forward is wanted. */
  onRenew: (() => void) | undefined;
  /** What an open way says when it is asked for a sign of life; undefined for one that cannot be asked. */
  answer: (() => Promise<boolean>) | undefined;
}

/** Makes a transport whose far side is a port of this machine. */
export function fakeTransport(farPort: number, ...tries: Try[]): FakeTransport {
  let count = 0;
  const ways = new Set<(reason: HotpassError) => void>();
  let interruption: Interruption | undefined;
  const listeners = new Set<MendingListener>();
  const dialled = new Set<Duplex>();
  let isCutting = false;
  const transport: FakeTransport = {
    through: 'a fake',
    tries,
    refuse: false,
    answer: undefined,
    onRenew: undefined,
    count: () => count,
    openWays: () => ways.size,
    lose(reason = new HotpassError('ssh-unreachable', 'the far side went away')) {
      for (const lose of [...ways]) lose(reason);
    },
    wanted: { hurry: 0, renew: [] },
    interrupt(next) {
      interruption = next;
      for (const told of listeners) {
        if (next === undefined) told.onResumed('resumed');
        else told.onInterrupted(next);
      }
    },
    cut(why) {
      isCutting = true;
      for (const stream of dialled) stream.destroy();
      for (const told of listeners) told.onCut(why);
    },
    replaced(how) {
      for (const told of listeners) told.onReplaced(how);
    },
    async open(signal) {
      count += 1;
      const next = tries.shift() ?? 'opens';
      if (next === 'hangs') {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        throw new HotpassError('interrupted', 'given up');
      }
      if (next !== 'opens') throw next;
      return openWay();
    },
  };
  const openWay = (): OpenTransport => {
    const lost = createDeferred<HotpassError>();
    const lose = (reason: HotpassError) => {
      ways.delete(lose);
      for (const stream of dialled) stream.destroy();
      lost.resolve(reason);
    };
    ways.add(lose);
    return {
      lost: lost.promise,
      isBreaking: () => Promise.resolve(isCutting || !ways.has(lose)),
      mending: {
        watch: (listener) => void listeners.add(listener),
        interruption: () => interruption,
        hurry() {
          transport.wanted.hurry += 1;
        },
        tried: () => Promise.resolve(),
        wake: () => Promise.resolve(),
        async renew(forward) {
          transport.wanted.renew.push(forward.name);
          transport.onRenew?.();
        },
      },
      evidence: () => 'a fake way',
      answers: () => transport.answer?.() ?? Promise.resolve(true),
      async dial(_, receive) {
        if (transport.refuse || !ways.has(lose)) throw new Error('refused by the far side');
        const stream = await dialSocket({ host: '127.0.0.1', port: farPort }, receive);
        dialled.add(stream);
        stream.once('close', () => dialled.delete(stream));
        return stream;
      },
      async close() {
        lose(new HotpassError('interrupted', 'closed'));
      },
    };
  };
  return transport;
}

/** A plan with one forward, quick to give up. */
export function planFor(localPort: number, over: Partial<TunnelPlan> = {}): TunnelPlan {
  const forward: Forward = { name: 'api', host: 'api.internal', port: 4200, localPort, probe: 'tcp' };
  return {
    label: 'staging',
    target: 'staging',
    via: 'direct',
    bind: ['127.0.0.1'],
    forwards: [forward],
    holdMs: 5_000,
    timeoutMs: 5_000,
    ...over,
  };
}

/** Clock and patience of the real machine. */
export const realTime = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
    }),
};

/** Sends to a port and gives what comes back until the end, or the error's code. */
export function echoed(port: number, text: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, allowHalfOpen: true });
    let got = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      got += chunk;
    });
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    socket.on('close', () => resolve(got));
    socket.on('end', () => socket.end());
    socket.end(text);
  });
}
