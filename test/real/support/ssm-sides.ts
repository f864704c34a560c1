import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { createSsmApi } from '../../../src/ops/aws/ssm-api.ts';
import type { Channel } from '../../../src/ops/ssm/channel/channel.ts';
import { openChannel } from '../../../src/ops/ssm/channel/open-channel.ts';
import type { SessionFacts } from '../../../src/rehearsal/ssm/session.ts';
import { startServer } from '../../support/ports.ts';
import { operatorOf, type RivalPlugin, startRival } from '../../support/rival-plugin.ts';
import { type FarSide, startFarSide } from '../../support/ssm-far-side.ts';
import { testSystem } from '../../support/system.ts';

/** Ours or theirs, as an experiment needs it. */
export interface Side {
  readonly sessionId: string;
  dial(): Promise<Duplex>;
}

/** One far side, and sessions of our client and of the official plugin at it. */
export interface Sides {
  readonly far: FarSide;
  /** What the target does with a connection; at first it swallows everything. */
  serve(how: (socket: Socket) => void): void;
  /** Gives everything that the next connection brings. */
  collect(): () => Buffer;
  openOurs(): Promise<Side & Channel>;
  openTheirs(): Promise<Side & RivalPlugin>;
  factsOf(side: Side): Promise<SessionFacts>;
}

const HOST = 'target.internal';

/** Opens the ground of one experiment; it ends with its test. */
export async function openSides(): Promise<Sides> {
  let how = (socket: Socket): unknown => socket.resume();
  const target = await startServer(0, '127.0.0.1', (socket) => void how(socket));
  const far = await startFarSide({ hosts: { [HOST]: '127.0.0.1' }, agent: { pace: 'none' } });
  onTestFinished(async () => {
    await far.close();
    await target.close();
  });
  return {
    far,
    serve(given) {
      how = given;
    },
    collect() {
      const chunks: Buffer[] = [];
      how = (socket) => socket.on('data', (chunk) => chunks.push(chunk));
      return () => Buffer.concat(chunks);
    },
    async openOurs() {
      const start = {
        target: 'i-0123456789abcdef0',
        document: 'AWS-StartPortForwardingSessionToRemoteHost',
        parameters: { host: [HOST], portNumber: [String(target.port)], localPortNumber: ['0'] },
        reason: 'ours',
      };
      const quiet = () => {};
      const listener = { onInterrupted: quiet, onResumed: quiet, onRefusal: quiet, onMessage: quiet };
      const api = await createSsmApi(operatorOf(far.url), {});
      const open = { api, start, clientId: crypto.randomUUID(), listener, log: quiet };
      const channel = await openChannel(testSystem(), open, new AbortController().signal);
      onTestFinished(() => channel.close());
      return channel;
    },
    async openTheirs() {
      const plugin = await startRival(far.url, HOST, target.port);
      onTestFinished(() => plugin.close());
      return plugin;
    },
    async factsOf({ sessionId }) {
      const found = (await far.sessions()).find(({ id }) => id === sessionId);
      if (found === undefined) throw new Error(`no session ${sessionId}`);
      return found;
    },
  };
}
