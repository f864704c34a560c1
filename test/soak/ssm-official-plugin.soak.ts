import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type RehearsedSsm, startSsm } from '../../src/rehearsal/ssm/index.ts';
import type { StartSsm } from '../../src/rehearsal/ssm/options.ts';
import { startServer } from '../support/ports.ts';
import { endProcess } from '../support/processes.ts';
import { describeReal, realPath } from '../support/real.ts';
import { callSsm } from '../support/ssm-probe.ts';
import { knownBytes } from '../support/ssm-recording.ts';

const SOON = { timeout: 10_000, interval: 10 };
const REGION = 'eu-west-1';
const TO_HOST = {
  Target: 'i-0123456789abcdef0',
  DocumentName: 'AWS-StartPortForwardingSessionToRemoteHost',
  Parameters: { host: ['echo.internal'], portNumber: ['7'], localPortNumber: ['0'] },
};

const SSH = {
  Target: 'i-0123456789abcdef0',
  DocumentName: 'AWS-StartSSHSession',
  Parameters: { portNumber: ['22'] },
};
type Serve = (client: Socket) => void;

describeReal('the client of AWS on the far side of the rehearsal', ['session-manager-plugin'], () => {
  it('opens a session and moves bytes both ways', async () => {
    const { far, port } = await open();
    const bytes = withoutLoneLineFeed(knownBytes(200_000));
    const socket = await dial(port);
    const back = receive(socket, bytes.length);
    socket.write(bytes);
    expect((await back).equals(bytes)).toBe(true);
    expect(far.sessions()).toMatchObject([
      { state: 'Connected', clientVersion: '1.3.0.0', bytesUp: 200_000, bytesDown: 200_000, streams: 1 },
    ]);
    socket.end();
    await expect.poll(() => far.sessions()[0]?.streams, SOON).toBe(0);
  });

  it('carries four connections side by side', async () => {
    const { far, port } = await open();
    const sockets = await Promise.all([1, 2, 3, 4].map(() => dial(port)));
    const words = sockets.map((_, index) => `connection ${index} `.repeat(500));
    const back = sockets.map((socket, index) => receive(socket, words[index]?.length ?? 0));
    for (const [index, socket] of sockets.entries()) socket.write(words[index] ?? '');
    expect((await Promise.all(back)).map(String)).toEqual(words);
    expect(far.sessions()).toMatchObject([{ streams: 4, targetSockets: 4 }]);
  });

  it('is told of a target that refuses, and goes on', async () => {
    const { far, port, said } = await open();
    far.setTargetsRefused(true);
    const refused = await dial(port);
    refused.write('x');
    await once(refused, 'close');
    await expect.poll(said, SOON).toContain('Connection to destination port failed');
    far.setTargetsRefused(false);
    const socket = await dial(port);
    const back = receive(socket, 5);
    socket.write('again');
    expect(String(await back)).toBe('again');
  });

  it.each(['cutSockets', 'sayBye'] as const)(
    'resumes in the middle of a download after %s',
    async (fault) => {
      const bytes = knownBytes(150_000);
      const { far, port } = await open({ agent: { pace: 'official' } }, (client) => {
        client.on('data', () => client.write(bytes));
      });
      const socket = await dial(port);
      const whole = receive(socket, bytes.length);
      socket.write('1');
      await expect.poll(() => socket.bytesRead, { ...SOON, interval: 2 }).toBeGreaterThan(10_000);
      far[fault]();
      expect((await whole).equals(bytes)).toBe(true);
      expect(far.sessions()).toMatchObject([{ state: 'Connected', connections: 2 }]);
      expect(far.calls().filter(({ operation }) => operation === 'ResumeSession')).toHaveLength(1);
      const again = receive(socket, bytes.length);
      socket.write('2');
      expect((await again).equals(bytes)).toBe(true);
    },
  );

  it('survives an agent that is not ready at once, answers late, and whose messages come twice', async () => {
    const { far, port } = await open({ agent: { notReadyMs: 100 }, agentDelayMs: 50 });
    far.disturb({ duplicatePercent: 30, reorderPercent: 30, latencyMs: 3, seed: 3 });
    const bytes = withoutLoneLineFeed(knownBytes(30_000));
    const socket = await dial(port);
    const back = receive(socket, bytes.length);
    socket.write(bytes);
    expect((await back).equals(bytes)).toBe(true);
  });

  it('leaves when the session is terminated by the API, or by the service with its words', async () => {
    for (const words of ['', 'Your session timed out due to inactivity.']) {
      const { far, child, said, sessionId } = await open();
      const exit = once(child, 'exit');
      if (words === '') await callSsm(far.url, 'TerminateSession', { SessionId: sessionId });
      else far.closeChannels(words);
      expect((await exit)[0]).toBe(0);
      const last = words === '' ? `Exiting session with sessionId: ${sessionId}` : `${sessionId} : ${words}`;
      expect(said()).toContain(last);
    }
  });

  it('moves bytes over its own stdin and stdout with the document for ssh', async () => {
    const text = 'a line of ssh, '.repeat(300);
    const { far, child, said } = await start(SSH, {}, (client) => {
      client.once('data', (piece) => client.write(`echo ${String(piece)}`));
      client.on('data', (piece) => String(piece).endsWith('end') && client.end('over'));
    });
    await expect.poll(() => far.sessions()[0]?.clientVersion, SOON).toBe('1.3.0.0');
    child.stdin.write('first');
    await expect.poll(said, SOON).toContain('echo first');
    child.stdin.write(`${text}end`);
    await once(child, 'exit');
    expect(said()).toContain('over');
    expect(far.sessions()).toMatchObject([{ endedBy: 'agent', bytesUp: `first${text}end`.length }]);
  });

  it('ends the session by its flag on Ctrl-C', async () => {
    const { far, child } = await open();
    child.kill('SIGINT');
    await once(child, 'exit');
    const ended = { state: 'Terminated', endedBy: 'agent', streams: 0, clientSockets: 0 };
    await expect.poll(() => far.sessions(), SOON).toMatchObject([ended]);
  });
});

interface Opened {
  readonly far: RehearsedSsm;
  readonly child: ReturnType<typeof startPlugin>;
  readonly sessionId: string;
  said(): string;
}

async function open(options: StartSsm = {}, serve?: Serve): Promise<Opened & { readonly port: number }> {
  const opened = await start(TO_HOST, options, serve);
  const portOf = () => Number(/Port (\d+) opened/.exec(opened.said())?.[1] ?? 0);
  await expect.poll(portOf, SOON).toBeGreaterThan(0);
  return { ...opened, port: portOf() };
}

async function start(
  request: typeof TO_HOST | typeof SSH,
  options: StartSsm = {},
  serve?: Serve,
): Promise<Opened> {
  const target = await startServer(0, '127.0.0.1', serve ?? ((client) => void client.pipe(client)));
  onTestFinished(target.close);
  const place = `127.0.0.1:${target.port}`;
  const far = await startSsm({ hosts: { 'echo.internal': place, 'localhost:22': place }, ...options });
  onTestFinished(far.close);
  const { SessionId, StreamUrl, TokenValue } = await callSsm(far.url, 'StartSession', request);
  const child = startPlugin(request, far.url, { SessionId, StreamUrl, TokenValue });
  onTestFinished(() => endProcess(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => {
      output += String(piece);
    });
  return { far, child, sessionId: SessionId, said: () => output };
}

function startPlugin(request: object, url: string, response: object) {
  const variable = 'AWS_SSM_START_SESSION_RESPONSE';
  const argv = [variable, REGION, 'StartSession', '', JSON.stringify(request), url];
  return spawn(realPath('session-manager-plugin'), argv, {
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
      AWS_SECRET_ACCESS_KEY: 'rehearsed',
      [variable]: JSON.stringify(response),
    },
    stdio: 'pipe',
  });
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

function receive(socket: Socket, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    socket.on('data', (piece) => {
      pieces.push(piece);
      length += piece.length;
      if (length >= bytes) resolve(Buffer.concat(pieces));
    });
    socket.on('close', () => reject(new Error(`${length} of ${bytes} bytes came`)));
  });
}

/** This client makes 0x0D of a 0x0A that is a message of its own, which any byte may be: none here is one. */
function withoutLoneLineFeed(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte === 0x0a ? 0x0b : byte)));
}
