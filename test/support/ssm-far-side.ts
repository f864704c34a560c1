import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RehearsedSsm } from '../../src/rehearsal/ssm/index.ts';
import type { StartSsm } from '../../src/rehearsal/ssm/options.ts';
import type { SessionFacts } from '../../src/rehearsal/ssm/session.ts';
import { endProcess } from './processes.ts';

/** What can be told to a far side in another process. */
type FarOrder = Exclude<keyof RehearsedSsm, 'port' | 'url' | 'sessions' | 'calls' | 'close'>;

/** The far side of Systems Manager in a process of its own. */
export interface FarSide {
  readonly port: number;
  /** For AWS_ENDPOINT_URL_SSM. */
  readonly url: string;
  /** Does what the control of this name does: `order('disturb', { lossPercent: 5 })`. */
  order<Order extends FarOrder>(order: Order, ...args: Parameters<RehearsedSsm[Order]>): Promise<void>;
  sessions(): Promise<readonly SessionFacts[]>;
  calls(): Promise<ReturnType<RehearsedSsm['calls']>>;
  usage(): Promise<{ readonly cpuMs: number; readonly rssBytes: number }>;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a far side in a process of its own; it ends with this one at the latest. */
export async function startFarSide(options: StartSsm = {}): Promise<FarSide> {
  const child = fork('scripts/run-ts.mjs', ['test/support/ssm-far-side-process.ts'], {
    cwd: root,
    env: { ...process.env, SSM_FAR_SIDE: JSON.stringify(options) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), exit.then(() => undefined)]);
  if (first === undefined) throw new Error('the far side did not start');
  const { port, url } = JSON.parse(String(first[0]));

  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let orders = 0;
  child.on('message', (text) => {
    const { id, value, error } = JSON.parse(String(text));
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the far side is gone'));
  });
  // biome-ignore lint/suspicious/noExplicitAny: what comes back is what the same call gives in this process.
  const ask = (order: string, args: readonly unknown[]): Promise<any> =>
    new Promise((resolve, reject) => {
      orders += 1;
      waiting.set(orders, { resolve, reject });
      child.send(JSON.stringify({ id: orders, order, args }), (error) => {
        if (error !== null) reject(error);
      });
    });
  return {
    port,
    url,
    order: (order, ...args) => ask(order, args),
    sessions: () => ask('sessions', []),
    calls: () => ask('calls', []),
    usage: () => ask('usage', []),
    async close() {
      await endProcess(child);
    },
  };
}
