import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { probeService } from '../../../../src/ops/net/probe.ts';
import { freePort } from '../../../support/ports.ts';
import { probePort, serveAlways, serveHttp, serveTcp } from './probe-port.ts';

const DEADLINE_MS = 400;
const PATIENT_MS = 10_000;

/** Writes for as long as the other side takes it. */
const pour = (socket: Socket, bytes: string) => {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
};

describe.each(['prefect', 'marquez', 'http'] as const)('the %s probe', (kind) => {
  it.each<[name: string, reason: RegExp, serve: (socket: Socket) => void]>([
    ['closes at once', /^closed without an answer/, (socket) => void socket.destroy()],
    ['resets', /^closed without an answer/, (socket) => void socket.resetAndDestroy()],
    ['closes its half at once', /^closed without an answer/, (socket) => void socket.resume().end()],
    ['never answers', /^no answer within 0\.4 s$/, (socket) => void socket.resume()],
    [
      'sends endless headers',
      /^another service answers: its HTTP headers do not end$/,
      (socket) => void socket.write('HTTP/1.1 200 OK\r\n', () => pour(socket, `X-${'a'.repeat(500)}: b\r\n`)),
    ],
    [
      'speaks SSH',
      /^another service answers, not in HTTP: SSH-2\.0-OpenSSH_9\.2$/,
      (socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
    ],
    [
      'speaks TLS',
      /^the service wants TLS/,
      (socket) => void socket.write(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])),
    ],
    [
      'sends control characters',
      /not in HTTP: \\x00\\x1b\[2J$/,
      (socket) => void socket.write('\u0000\u001b[2J\r\n'),
    ],
    [
      'breaks off in its first line',
      /breaks off in its HTTP answer$|^closed without an answer/,
      (socket) => void socket.end('HTTP/1.1 2'),
    ],
  ])('names a server that %s', async (name, reason, serve) => {
    const port = await serveTcp((socket) => {
      socket.on('data', () => {});
      serve(socket);
    });
    // Only who never answers is waited for; the others must be told apart long before.
    const deadlineMs = name === 'never answers' ? DEADLINE_MS : PATIENT_MS;
    const probed = await probePort(kind, port, { deadlineMs });
    expect(probed.outcome).toBe('failed');
    expect(probed.reason).toMatch(reason);
  });

  it('says that nothing listens', async () => {
    expect((await probePort(kind, await freePort())).reason).toBe('connection refused behind the tunnel');
  });

  it('does not change the protocol', async () => {
    const port = await serveTcp((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      );
    });
    const probed = await probePort(kind, port, { deadlineMs: PATIENT_MS });
    expect(kind === 'http' ? probed.service : probed.reason).toContain('HTTP 101');
  });

  it('stops at once when it is told to', async () => {
    const connected = new EventEmitter();
    const port = await serveTcp((socket) => {
      socket.resume();
      connected.emit('yes');
    });
    const stop = new AbortController();
    const isConnected = once(connected, 'yes');
    const probing = probePort(kind, port, { deadlineMs: 60_000, signal: stop.signal });
    await isConnected;
    stop.abort();
    expect(await probing).toMatchObject({ outcome: 'failed', reason: 'stopped before it answered' });
  });
});

it('reads no more than it needs of a body that does not end', async () => {
  let sent = 0;
  const port = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(1_024))) sent += 1_024;
    };
    response.on('drain', more);
    more();
  });
  const probed = await probePort('prefect', port);
  expect(probed.reason).toBe('another service answers, not Prefect: HTTP 200');
  // What the kernel's buffers hold on the way comes on top of the limit.
  expect(sent).toBeLessThan(16 * 1024 * 1024);
});

it('keeps the deadline against a body that drips', async () => {
  const port = await serveHttp((_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('t'), 20);
    onTestFinished(() => clearInterval(drip));
  });
  const probed = await probePort('marquez', port, { deadlineMs: DEADLINE_MS });
  expect(probed).toMatchObject({ outcome: 'failed', reason: 'no answer within 0.4 s' });
  expect(probed.ms).toBeLessThan(PATIENT_MS);
});

it('shows nothing of a header or a title that could move the cursor or forge a line', async () => {
  const port = await serveAlways(
    200,
    { server: 'a\u0085b' },
    `<title>x\u001b]0;y\u0007\nok  ready${'z'.repeat(500)}</title>`,
  );
  const { reason = '' } = await probePort('prefect', port);
  expect(reason).toContain('Server: a');
  expect(reason).toContain('title "x');
  expect(reason).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(reason.length).toBeLessThan(250);
});

describe('a dial', () => {
  const sys = { monotonic: () => performance.now() };
  const limits = (deadlineMs: number) => ({ deadlineMs, signal: new AbortController().signal });
  const service = (dial: () => Promise<Duplex>) => ({ kind: 'http', local: '127.0.0.1:1', dial }) as const;

  it('that never ends does not hold the probe', async () => {
    const probed = await probeService(
      sys,
      service(() => new Promise(() => {})),
      limits(100),
    );
    expect(probed.reason).toBe('no answer within 0.1 s');
  });

  it('that comes too late is closed on arrival', async () => {
    const stream = new PassThrough();
    let arrive = (_stream: Duplex) => {};
    const dialled = new Promise<Duplex>((resolve) => {
      arrive = resolve;
    });
    await probeService(
      sys,
      service(() => dialled),
      limits(50),
    );
    arrive(stream);
    await expect.poll(() => stream.destroyed).toBe(true);
  });

  it('that fails is told in its own words, on one line', async () => {
    const probed = await probeService(
      sys,
      service(() => Promise.reject(new Error('the tunnel\n is down'))),
      limits(1_000),
    );
    expect(probed).toMatchObject({ outcome: 'failed', service: 'HTTP', reason: 'the tunnel is down' });
  });

  it('that throws at once does not make the probe reject', async () => {
    const broken = service(() => {
      throw new Error('no way');
    });
    expect(await probeService(sys, broken, limits(1_000))).toMatchObject({
      outcome: 'failed',
      reason: 'no way',
    });
  });

  it('whose stream fails while it is watched is told as closed, and ends nothing else', async () => {
    const stream = new PassThrough();
    const watched = { ...service(async () => stream), kind: 'tcp' } as const;
    const probing = probeService(sys, watched, limits(10_000));
    await expect.poll(() => stream.listenerCount('end')).toBeGreaterThan(0);
    stream.destroy(new Error('cut'));
    expect((await probing).reason).toMatch(/^closed at once/);
  });

  it('whose stream is dead already is told as closed, without waiting', async () => {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    stream.destroy();
    await once(stream, 'close');
    const probed = await probeService(
      sys,
      service(async () => stream),
      limits(10_000),
    );
    expect(probed.reason).toMatch(/^closed without an answer/);
    expect(probed.ms).toBeLessThan(5_000);
  });
});
