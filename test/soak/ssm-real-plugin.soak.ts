import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createSsmApi } from '../../src/ops/aws/ssm-api.ts';
import { createProcesses } from '../../src/ops/process.ts';
import type { Channel } from '../../src/ops/ssm/channel/channel.ts';
import { openPluginChannel } from '../../src/ops/ssm/plugin/open-plugin-channel.ts';
import { type RehearsedSsm, startSsm } from '../../src/rehearsal/ssm/index.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { describeReal, realPath } from '../support/real.ts';
import { testSystem } from '../support/system.ts';

describeReal('the official plugin as a channel', ['session-manager-plugin'], () => {
  let folder: string;
  let far: RehearsedSsm;
  let target: Server;
  let channel: Channel | undefined;
  let serve: (socket: Socket) => void;
  let customerMessage: string | undefined;
  let agentVersion: string;
  const told: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hpp-'));
    target = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      serve(socket);
    });
    await once(target.listen(0, '127.0.0.1'), 'listening');
    serve = (socket) => socket.pipe(socket);
    told.length = 0;
    channel = undefined;
    customerMessage = undefined;
    agentVersion = '3.3.987.0';
  });
  afterEach(async () => {
    await channel?.close();
    await far?.close();
    target.close();
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  const open = async (pace: 'official' | 'none' = 'official') => {
    const address = target.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    far = await startSsm({
      instances: [{ id: 'i-0123456789abcdef0', agentVersion }],
      hosts: { 'echo.internal': '127.0.0.1' },
      agent: { pace, customerMessage },
    });
    const env = {
      PATH: `${dirname(realPath('session-manager-plugin'))}:${process.env.PATH}`,
      HOME: folder,
      AWS_ENDPOINT_URL_SSM: far.url,
      AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-west-1',
    };
    const sys = testSystem({ processes: createProcesses(process.platform) });
    const api = await createSsmApi(env, {});
    channel = await openPluginChannel(
      sys,
      {
        api,
        start: {
          target: 'i-0123456789abcdef0',
          document: 'AWS-StartPortForwardingSessionToRemoteHost',
          parameters: { host: ['echo.internal'], portNumber: [String(port)], localPortNumber: ['0'] },
          reason: 'test',
        },
        env,
        folder,
        log: (text) => told.push(text),
        listener: {
          onInterrupted: (why) => told.push(`interrupted: ${why.message}`),
          onResumed: () => told.push('resumed'),
          onRefusal: (why) => told.push(`refused: ${why}`),
          onMessage: (text) => told.push(`message: ${text}`),
        },
      },
      new AbortController().signal,
    );
    return channel;
  };

  it('moves bytes both ways on many connections, and leaves nothing when it is closed', async () => {
    const opened = await open('none');
    const sent = randomBytes(50_000);
    const streams = await Promise.all(Array.from({ length: 4 }, () => opened.dial()));
    const echoes = streams.map((stream) => {
      stream.write(sent);
      return readBytes(stream, sent.length);
    });
    for (const echo of await Promise.all(echoes)) expect(hash(echo)).toBe(hash(sent));
    expect(opened.streams()).toBe(4);
    expect(far.sessions()).toMatchObject([{ id: opened.sessionId, streams: 4 }]);
    await opened.close();
    expect(far.sessions()).toMatchObject([{ streams: 0, targetSockets: 0 }]);
    expect(streams.every((stream) => stream.destroyed)).toBe(true);
    expect(await opened.ended).toMatchObject({ code: 'interrupted' });
  });

  it('gives the answer to a client that has said all it has to say', async () => {
    serve = (socket) => socket.once('data', () => setTimeout(() => socket.end('the answer'), 100));
    const stream = await (await open()).dial();
    stream.end('a question');
    expect(String(await readAll(stream))).toBe('the answer');
  });

  it('keeps its connections when the plugin resumes by itself', async () => {
    const opened = await open();
    const stream = await opened.dial();
    stream.write('before');
    expect(String(await readBytes(stream, 6))).toBe('before');
    far.setGatewayAway(true);
    await eventually('the loss is noticed', async () => opened.isResuming());
    // The plugin drops what comes now; it is kept from it.
    stream.write('meanwhile');
    const other = opened.dial();
    far.setGatewayAway(false);
    expect(String(await readBytes(stream, 9))).toBe('meanwhile');
    expect(told.slice(-2)).toEqual([
      'interrupted: session-manager-plugin lost its connection to SSM',
      'resumed',
    ]);
    (await other).write('after');
    expect(String(await readBytes(await other, 5))).toBe('after');
  });

  it('gets the plugin its token when the login is back, however long that takes', async () => {
    const opened = await open();
    const stream = await opened.dial();
    far.setStanding('AKIDREHEARSED', 'expired');
    far.cutSockets();
    await eventually('the login is missed', async () => told.some((text) => text.includes('expired')));
    await eventually('another try', async () => (opened.nextTry()?.attempt ?? 0) >= 2);
    // The plugin by itself gives up after 3 to 6 s: see test/soak/ssm-rivals.soak.ts.
    expect(opened.isResuming()).toBe(true);
    far.setStanding('AKIDREHEARSED', 'good');
    opened.hurry();
    stream.write('meanwhile');
    expect(String(await readBytes(stream, 9))).toBe('meanwhile');
  });

  it('ends when the plugin has lost bytes and sends no more', async () => {
    const opened = await open();
    const stream = await opened.dial();
    stream.on('error', () => {});
    const broken = new Promise((resolve) => stream.once('close', resolve));
    stream.write(randomBytes(300_000));
    await eventually('it is under way', async () => (far.sessions()[0]?.bytesUp ?? 0) > 50_000);
    far.cutSockets();
    expect(await opened.ended).toMatchObject({ code: 'ssm-failed' });
    await broken;
    expect(stream.readableEnded).toBe(false);
    await opened.close();
    expect(far.sessions()).toMatchObject([{ state: 'Terminated' }]);
  });

  it('ends when the service does not know the session any more', async () => {
    const opened = await open();
    far.refuseResume(1, 'no-token');
    far.cutSockets();
    expect(await opened.ended).toMatchObject({ message: 'SSM does not resume the session any more' });
  });

  it('tells an idle time-out by its code, and breaks its connections off', async () => {
    const opened = await open();
    const stream = await opened.dial();
    stream.write('.');
    await readBytes(stream, 1);
    const ended = new Promise((resolve) => stream.once('end', () => resolve('ended')).once('close', resolve));
    stream.on('error', () => {});
    stream.resume();
    far.closeChannels('Your session timed out due to inactivity.');
    expect(await opened.ended).toMatchObject({ code: 'session-idle' });
    expect(await ended).not.toBe('ended');
  });

  it('tells at once that the plugin was killed, and ends its session', async () => {
    const opened = await open();
    const stream = await opened.dial();
    stream.write('.');
    await readBytes(stream, 1);
    stream.on('error', () => {});
    const pid = Number(/pid (\d+)/.exec(opened.evidence())?.[1]);
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    expect(await opened.ended).toMatchObject({ message: 'session-manager-plugin ended SIGKILL' });
    expect(performance.now() - killedAt).toBeLessThan(1_000);
    await eventually('the session is over', async () => far.sessions()[0]?.state === 'Terminated');
    expect(stream.destroyed).toBe(true);
    await expect(opened.dial()).rejects.toMatchObject({ code: 'ssm-failed' });
  });

  it('breaks a connection off that the agent could not make, and says so', async () => {
    const opened = await open();
    far.setTargetsRefused(true);
    const stream = await opened.dial();
    await expect(readAll(stream)).rejects.toThrow('not carried to its end');
    expect(told.at(-1)).toBe('refused: the agent could not connect to the remote host');
  });

  it('keeps the token out of what others can read', async () => {
    const opened = await open();
    const pid = Number(/pid (\d+)/.exec(opened.evidence())?.[1]);
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    expect(argv.slice(1, 5)).toEqual(['AWS_SSM_START_SESSION_RESPONSE', 'eu-west-1', 'StartSession', '']);
    expect(argv.join(' ')).not.toMatch(/token|secret/i);
  });

  it('passes on the words of the administrator', async () => {
    customerMessage = 'This session is recorded.';
    await open();
    expect(told).toContain('message: This session is recorded.');
  });

  it('lets no old agent take its own ports for those of a remote host', async () => {
    agentVersion = '3.0.1479.0';
    await expect(open()).rejects.toMatchObject({ code: 'agent-too-old' });
    expect(far.sessions()).toEqual([]);
  });

  it('starts the plugin again when it went deaf', async () => {
    // Any frame that comes at the wrong moment does that; these come all the time.
    let isFlooding = true;
    const flood = () => {
      if (far?.sessions().length === 1) far.inject('00');
      if (isFlooding) setImmediate(flood);
    };
    setImmediate(flood);
    onTestFinished(() => {
      isFlooding = false;
    });
    let opened = await open();
    // The moment is short.
    for (let start = 2; start <= 20 && far.sessions().length === 1; start += 1) {
      await opened.close();
      await far.close();
      opened = await open();
    }
    expect(told).toContain('session-manager-plugin went deaf at its start; try 1 of 3');
    expect(far.sessions()).toMatchObject([{ state: 'Terminated' }, { state: 'Connected' }]);
    const stream = await opened.dial();
    stream.write('.');
    await readBytes(stream, 1);
  });
});

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function readBytes(stream: Duplex, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size >= count) break;
  }
  return Buffer.concat(chunks);
}

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
