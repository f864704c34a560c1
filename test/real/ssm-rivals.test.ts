import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createSsmApi } from '../../src/ops/aws/ssm-api.ts';
import type { Channel } from '../../src/ops/ssm/channel.ts';
import { openChannel } from '../../src/ops/ssm/open-channel.ts';
import { startServer, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { operatorOf, type RivalPlugin, startRival } from '../support/rival-plugin.ts';
import { type FarSide, startFarSide } from '../support/ssm-far-side.ts';
import { testSystem } from '../support/system.ts';
import { eventually } from './support/sandbox-processes.ts';

/** Ours or theirs, as an experiment needs it. */
interface Side {
  readonly sessionId: string;
  dial(): Promise<Duplex>;
}

const HOST = 'target.internal';
/** Long enough for the plugin to do what it is going to do. */
const STALLED_MS = 1_000;

// The same experiment on our client and on the official plugin, each in a session of its own at the same far side. What
// the plugin does is written down as it is, so that the table in the docs stays true.
describeReal('our client beside the official plugin', ['session-manager-plugin'], () => {
  let far: FarSide;
  let target: TestServer;
  let serve: (socket: Socket) => void;

  beforeEach(async () => {
    serve = (socket) => socket.resume();
    target = await startServer(0, '127.0.0.1', (socket) => serve(socket));
    far = await startFarSide({ hosts: { [HOST]: '127.0.0.1' }, agent: { pace: 'none' } });
  });
  afterEach(async () => {
    await far.close();
    await target.close();
  });

  const openOurs = async (): Promise<Side & Channel> => {
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
  };
  const openTheirs = async (): Promise<Side & RivalPlugin> => {
    const plugin = await startRival(far.url, HOST, target.port);
    onTestFinished(() => plugin.close());
    return plugin;
  };
  const factsOf = async ({ sessionId }: Side) => {
    const found = (await far.sessions()).find(({ id }) => id === sessionId);
    if (found === undefined) throw new Error(`no session ${sessionId}`);
    return found;
  };

  /** Everything that a connection brought to the target. */
  const collect = () => {
    const chunks: Buffer[] = [];
    serve = (socket) => socket.on('data', (chunk) => chunks.push(chunk));
    return () => Buffer.concat(chunks);
  };

  it('a line end that is alone in a message arrives as it was sent; theirs as a carriage return', async () => {
    // With the 8 bytes of a frame's head one byte more than a message holds, where it is read in one piece.
    const line = Buffer.from(`${'x'.repeat(1016)}\n`);
    const wrong: number[] = [];
    for (const open of [openOurs, openTheirs]) {
      const taken = collect();
      const stream = await (await open()).dial();
      for (let sent = 1; sent <= 20; sent += 1) {
        stream.write(line);
        await eventually('all has arrived', async () => taken().length === sent * line.length);
      }
      wrong.push(String(taken()).split('\r').length - 1);
      stream.destroy();
    }
    expect(wrong[0]).toBe(0);
    expect(wrong[1]).toBeGreaterThan(0);
  });

  it('who has said all it has to say gets its answer; by theirs it does not', async () => {
    serve = (socket) => socket.once('data', () => setTimeout(() => socket.end('the answer'), 200));
    const answers: string[] = [];
    for (const open of [openOurs, openTheirs]) {
      const stream = await (await open()).dial();
      stream.end('the question');
      let answer = '';
      for await (const chunk of stream) answer += chunk;
      answers.push(answer);
    }
    expect(answers).toEqual(['the answer', '']);
  });

  it.each([
    ['cut', 'cutSockets'],
    ['closed with "Bye"', 'sayBye'],
  ] as const)('an upload whose socket is %s goes on; theirs stands still for good', async (_, fault) => {
    const sent = randomBytes(400_000);
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

    const taken = collect();
    const ours = await openOurs();
    await far.order('disturb', { latencyMs: 20 });
    (await ours.dial()).write(sent);
    await eventually('ours is under way', async () => taken().length > 0);
    await far.order(fault);
    await far.order('disturb', {});
    await eventually('ours is through', async () => taken().length === sent.length);
    expect(hash(taken())).toBe(hash(sent));
    await ours.close();

    const theirTaken = collect();
    const theirs = await openTheirs();
    (await theirs.dial()).write(sent);
    await eventually('theirs is under way', async () => theirTaken().length > 50_000);
    await far.order(fault);
    await eventually('theirs has its new socket', async () => (await factsOf(theirs)).connections === 2);
    await pause(STALLED_MS);
    const still = theirTaken().length;
    await pause(STALLED_MS);
    expect(theirTaken().length).toBe(still);
    expect(still).toBeLessThan(sent.length);
    // It takes connections all the same.
    expect(theirs.child.exitCode).toBeNull();
    (await theirs.dial()).destroy();
  });

  it('what SSM says at the end of a session is told by code; theirs exits with 0', async () => {
    const words = 'Your session timed out due to inactivity.';
    const ours = await openOurs();
    const theirs = await openTheirs();
    await far.order('closeChannels', words);
    expect(await ours.ended).toMatchObject({ code: 'session-idle' });
    await eventually('theirs has left', async () => theirs.child.exitCode !== null);
    expect(theirs.child.exitCode).toBe(0);
    expect(theirs.said()).toContain(words);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'theirs leaves its session open after %s',
    async (signal) => {
      const theirs = await openTheirs();
      theirs.child.kill(signal);
      await eventually('it is gone', async () => theirs.child.signalCode !== null);
      await eventually('the service knows', async () => (await factsOf(theirs)).clientSockets === 0);
      expect(await factsOf(theirs)).toMatchObject({ state: 'Disconnected' });
    },
  );
});
