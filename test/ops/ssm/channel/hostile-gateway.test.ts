import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SsmApi } from '../../../../src/aws.ts';
import type { Channel } from '../../../../src/ops/ssm/channel/channel.ts';
import { openChannel } from '../../../../src/ops/ssm/channel/open-channel.ts';
import { encodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { listen, PATIENCE, quickTime, startTo } from './channel-stage.ts';

const TOKEN = 'SECRET-TOKEN';

/** A gateway that does to each websocket what the test says; the agent behind it is the test too. */
interface Gateway {
  readonly url: string;
  /** First frames of all websockets. */
  readonly opened: string[];
  readonly ended: string[];
}

const toClose: (() => void)[] = [];
afterEach(() => {
  for (const close of toClose.splice(0)) close();
});

async function startGateway(
  onSocket: (socket: WebSocket, below: Socket, nth: number) => void,
): Promise<Gateway> {
  const gateway = { url: '', opened: [] as string[], ended: [] as string[] };
  const server = createServer((_, response) => response.end());
  const webs = new WebSocketServer({ noServer: true });
  const sockets = new Set<Socket>();
  let count = 0;
  server.on('upgrade', (request, below: Socket, head) => {
    sockets.add(below);
    below.on('error', () => below.destroy());
    webs.handleUpgrade(request, below, head, (socket) => {
      socket.on('error', () => undefined);
      socket.once('message', (first) => gateway.opened.push(String(first)));
      count += 1;
      onSocket(socket, below, count);
    });
  });
  gateway.url = `http://127.0.0.1:${await portOf(server)}`;
  toClose.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return gateway;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function apiOf(gateway: Gateway): SsmApi {
  const streamUrl = gateway.url.replace('http', 'ws');
  return {
    region: 'eu-west-1',
    endpoint: new URL(gateway.url),
    startSession: async () => ({ sessionId: 'demo-1', streamUrl, token: TOKEN }),
    resumeSession: async () => ({ streamUrl, token: `${TOKEN}-2` }),
    terminateSession: async (sessionId) => void gateway.ended.push(sessionId),
    findInstances: async () => [],
    findSessions: async () => [],
  };
}

function start(gateway: Gateway, told = listen(), log: string[] = []): Promise<Channel> {
  return openChannel(
    quickTime,
    {
      api: apiOf(gateway),
      start: startTo('db.internal'),
      clientId: '8e33fd96-8ff2-4298-a1bb-fcbc618822c9',
      listener: told,
      log: (text) => log.push(text),
    },
    new AbortController().signal,
  ).then((channel) => {
    toClose.push(() => void channel.close());
    return channel;
  });
}

function frame(type: string, sequence: number, payloadType: number, text: string | Buffer): Buffer {
  return encodeMessage({
    type,
    createdAt: Date.now(),
    sequence,
    flags: 0,
    id: randomUUID(),
    payloadType,
    payload: Buffer.from(text),
  });
}

const REQUEST = JSON.stringify({
  AgentVersion: '3.3.987.0',
  RequestedClientActions: [
    {
      ActionType: 'SessionType',
      ActionParameters: {
        SessionType: 'Port',
        Properties: {
          portNumber: '1',
          localPortNumber: '0',
          type: 'LocalPortForwarding',
          host: 'db.internal',
        },
      },
    },
  ],
});
const request = (sequence = 0) => frame('output_stream_data', sequence, 5, REQUEST);
const complete = (sequence = 1) =>
  frame('output_stream_data', sequence, 7, '{"HandshakeTimeToComplete":1,"CustomerMessage":""}');
const shake = (socket: WebSocket) => {
  socket.send(request());
  socket.send(complete());
};

it('says who it is in one text frame, with the same id on each websocket and the newest token', async () => {
  const told = listen();
  const gateway = await startGateway((socket, below, nth) => {
    if (nth === 1) shake(socket);
    if (nth === 1) socket.once('message', () => setTimeout(() => below.destroy(), 50));
  });
  await start(gateway, told);
  await vi.waitFor(() => expect(told.words.at(-1)).toBe('resumed'), PATIENCE);
  const [first, second] = gateway.opened.map((text): unknown => JSON.parse(text));
  expect(first).toEqual({
    MessageSchemaVersion: '1.0',
    RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    TokenValue: TOKEN,
    ClientId: '8e33fd96-8ff2-4298-a1bb-fcbc618822c9',
    ClientVersion: '1.2.677.0',
  });
  expect(second).toMatchObject({
    TokenValue: `${TOKEN}-2`,
    ClientId: '8e33fd96-8ff2-4298-a1bb-fcbc618822c9',
  });
});

it('takes messages that come before anybody asked, twice, out of order, or as text', async () => {
  const gateway = await startGateway((socket) => {
    socket.send(complete());
    socket.send(request(), { binary: false });
    socket.send(request());
    socket.send(complete());
  });
  expect((await start(gateway)).agentVersion).toBe('3.3.987.0');
});

it('takes a handshake that is complete before it was answered', async () => {
  const gateway = await startGateway((socket) => {
    socket.on('message', () => shake(socket));
  });
  expect((await start(gateway)).agentVersion).toBe('3.3.987.0');
});

it('takes bytes of connections that come before the handshake is complete for what they are', async () => {
  const alive = Buffer.from([1, 3, 0, 0, 0, 0, 0, 0]);
  const gateway = await startGateway((socket) => {
    socket.send(request());
    // A keepalive of the agent, cut in two: the rest comes when connections may.
    socket.send(frame('output_stream_data', 1, 1, alive.subarray(0, 5)));
    socket.send(complete(2));
    socket.send(frame('output_stream_data', 3, 1, alive.subarray(5)));
  });
  const channel = await start(gateway);
  expect(await channel.answers(5_000)).toBe(true);
  await expect(channel.dial()).resolves.toBeDefined();
});

it('does not take a session for open that was never asked for anything', async () => {
  const gateway = await startGateway((socket) => socket.send(complete(0)));
  await expect(start(gateway)).rejects.toMatchObject({ code: 'ssm-failed' });
  expect(gateway.ended).toEqual(['demo-1']);
});

it('sends no data before the handshake is complete', async () => {
  const types: number[] = [];
  let isComplete = false;
  const gateway = await startGateway((socket) => {
    socket.send(request());
    socket.on('message', (data: Buffer) => {
      if (data.length < 120 || !data.toString('latin1', 4, 20).startsWith('input')) return;
      if (!isComplete) types.push(data.readUInt32BE(112));
    });
    setTimeout(() => {
      isComplete = true;
      socket.send(complete());
    }, 200);
  });
  await start(gateway);
  expect([...new Set(types)]).toEqual([6]);
});

it('is not hurt by frames that are none of the protocol', async () => {
  const told = listen();
  const gateway = await startGateway((socket) => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('{}'),
      Buffer.alloc(119),
      Buffer.alloc(120, 255),
      Buffer.alloc(500_000, 0x41),
      frame('acknowledge', 0, 0, '{"AcknowledgedMessageSequenceNumber":99999999}'),
      frame('acknowledge', 0, 0, 'nothing'),
      frame('output_stream_data', 2 ** 40, 1, 'far ahead'),
      frame('output_stream_data', 900, 77, 'of no type'),
      frame('gibberish', 0, 0, ''),
    ])
      socket.send(bytes);
    socket.send('{"text":"frame"}');
    shake(socket);
  });
  const channel = await start(gateway, told);
  expect(await channel.answers(5_000)).toBe(true);
  expect(told.words).toEqual([]);
});

it('a frame too large to be one of the service ends the socket, not the session', async () => {
  const told = listen();
  const gateway = await startGateway((socket, _, nth) => {
    shake(socket);
    if (nth === 1) setTimeout(() => socket.send(Buffer.alloc(3 * 1024 * 1024)), 50);
  });
  const channel = await start(gateway, told);
  await vi.waitFor(() => expect(told.words.at(-1)).toBe('resumed'), PATIENCE);
  expect(channel.isResuming()).toBe(false);
});

it('does not wait for a service that says goodbye and stays', async () => {
  const told = listen();
  const gateway = await startGateway((socket, below, nth) => {
    shake(socket);
    // A close frame, 1000 "Bye", by hand: the server keeps the connection.
    if (nth === 1) setTimeout(() => below.write(Buffer.from([0x88, 5, 0x03, 0xe8, 0x42, 0x79, 0x65])), 50);
  });
  await start(gateway, told);
  await vi.waitFor(() => expect(told.words).toEqual(['interrupted ssm-failed', 'resumed']), PATIENCE);
});

it('follows no redirect, and sends no token there', async () => {
  const elsewhere = await startGateway((socket) => shake(socket));
  const server = createServer();
  server.on('upgrade', (_, below) =>
    below.end(`HTTP/1.1 302 Found\r\nLocation: ${elsewhere.url.replace('http', 'ws')}\r\n\r\n`),
  );
  const port = await portOf(server);
  toClose.push(() => void server.close());
  const gateway = { ...elsewhere, url: `http://127.0.0.1:${port}` };
  await expect(start(gateway)).rejects.toMatchObject({
    code: 'ssm-failed',
    message: '127.0.0.1 answered 302 to the websocket',
  });
  expect(elsewhere.opened).toEqual([]);
});

it('gives up a gateway that never answers, and ends the session', async () => {
  const server = createServer();
  const sockets: Socket[] = [];
  server.on('upgrade', (_, below: Socket) => void sockets.push(below.resume()));
  const gateway = { url: `http://127.0.0.1:${await portOf(server)}`, opened: [], ended: [] as string[] };
  toClose.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await expect(start(gateway)).rejects.toMatchObject({
    code: 'aws-unreachable',
    message: '127.0.0.1 did not take the websocket in time',
  });
  expect(gateway.ended).toEqual(['demo-1']);
  await vi.waitFor(() => expect(sockets.every(({ readableEnded }) => readableEnded)).toBe(true), PATIENCE);
});

it('tells the token to nobody but the gateway', async () => {
  const log: string[] = [];
  const told = listen();
  const gateway = await startGateway((socket, below, nth) => {
    if (nth === 1) shake(socket);
    setTimeout(() => below.destroy(), 30);
  });
  const channel = await start(gateway, told, log);
  await vi.waitFor(() => expect(told.words.length).toBeGreaterThan(2), PATIENCE);
  await channel.close();
  const said = [...log, channel.evidence(), JSON.stringify(await channel.ended), String(await channel.ended)];
  expect(said.join('\n')).not.toContain(TOKEN);
});
