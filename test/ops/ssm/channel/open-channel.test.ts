import { describe, expect, it, vi } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { encodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { echoOver, knownBytes, openChannelStage, PATIENCE, startTo } from './channel-stage.ts';

it('carries bytes to the remote host and back, and ends the session over there', async () => {
  const { open, expectNothingLeft, far } = await openChannelStage();
  const ids: string[] = [];
  const channel = await open({ onSession: (id) => ids.push(id) });
  const bytes = knownBytes(300_000);
  expect((await echoOver(await channel.dial(), bytes)).equals(bytes)).toBe(true);
  expect(channel).toMatchObject({ sessionId: ids[0], agentVersion: '3.3.987.0' });
  expect(channel.isResuming()).toBe(false);
  expect(channel.nextTry()).toBeUndefined();
  expect(channel.evidence()).toMatch(/^session operator-\w+, heard 0 s ago, round trip \d+ ms$/);
  expect(far.sessions()).toMatchObject([{ clientVersion: '1.2.677.0', reason: 'hotpass staging test' }]);
  await channel.close();
  await expectNothingLeft();
  expect(await channel.ended).toMatchObject({ code: 'interrupted' });
});

it('hands bytes to a receiver, and waits for it', async () => {
  const { open } = await openChannelStage();
  const channel = await open();
  const got: Buffer[] = [];
  let takes = true;
  const stream = await channel.dial((bytes) => {
    got.push(Buffer.from(bytes));
    return takes;
  });
  takes = false;
  stream.write(knownBytes(100_000));
  await vi.waitFor(() => expect(got).not.toEqual([]), PATIENCE);
  const before = got.length;
  stream.write('more');
  await echoOver(await channel.dial(), Buffer.from('another connection'));
  expect(got.length).toBe(before);
  takes = true;
  stream.resume();
  await vi.waitFor(() => expect(Buffer.concat(got).length).toBe(100_004), PATIENCE);
});

it('passes the words of the administrator on', async () => {
  const { open, told } = await openChannelStage({
    agent: { pace: 'none', customerMessage: 'Authorised use only' },
  });
  await open();
  expect(told.words).toEqual(['says Authorised use only']);
});

it('tells of a connection that the agent could not make, and goes on', async () => {
  const { open, told, far } = await openChannelStage();
  const channel = await open();
  far.setTargetsRefused(true);
  const refused = await channel.dial();
  const ended = new Promise((resolve) => refused.once('error', resolve));
  refused.resume();
  refused.write('hello');
  await ended;
  expect(told.words).toEqual(['refused']);
  far.setTargetsRefused(false);
  expect((await echoOver(await channel.dial(), Buffer.from('again'))).toString()).toBe('again');
});

describe('an agent that cannot be worked with is told, and its session ended:', () => {
  const withAgent = (agentVersion: string) => ({
    instances: [{ id: 'i-0123456789abcdef0', name: 'bastion-a', agentVersion }],
  });
  it.each([
    ['too old for remote hosts', withAgent('3.1.1187.0'), 'agent-too-old'],
    ['one that asks for KMS', { agent: { kmsKeyId: 'arn:aws:kms:eu-west-1:1:key/2' } }, 'agent-wants-kms'],
  ])('%s', async (_, options, code) => {
    const { open, expectNothingLeft, far } = await openChannelStage(options);
    await expect(open()).rejects.toMatchObject({ code });
    expect(far.sessions()).toHaveLength(1);
    await expectNothingLeft();
  });
});

it('takes an agent that is just new enough', async () => {
  const { open } = await openChannelStage({
    instances: [{ id: 'i-0123456789abcdef0', agentVersion: '3.1.1188.0' }],
    agent: { pace: 'none' },
  });
  expect((await open()).agentVersion).toBe('3.1.1188.0');
});

it('tells an address that the agent does not forward to, which it says after the handshake', async () => {
  const { open, expectNothingLeft } = await openChannelStage({
    hosts: { 'meta.internal': '169.254.169.254:80' },
  });
  // Both words may come in one piece, or one after the other.
  const why = await open({ start: startTo('meta.internal') }).then(
    (channel) => channel.ended,
    (error: unknown) => error,
  );
  expect(why).toMatchObject({
    code: 'remote-forbidden',
    message: 'the SSM agent does not forward to 169.254.169.254',
  });
  await expectNothingLeft();
});

it.each([
  ['completes the handshake before it acknowledges the answer', { completesBeforeAck: true }],
  ['is not ready for data when it says so', { notReadyMs: 700 }],
])('works with an agent that %s', async (_, manners) => {
  const { open } = await openChannelStage({ agent: { pace: 'none', ...manners } });
  const channel = await open();
  const bytes = knownBytes(50_000);
  expect((await echoOver(await channel.dial(), bytes)).equals(bytes)).toBe(true);
});

describe('what cannot be opened leaves nothing:', () => {
  it('a start that the service refuses', async () => {
    const { open, far } = await openChannelStage();
    const start = { ...startTo('db.internal'), document: 'No-Such-Document' };
    await expect(open({ start })).rejects.toMatchObject({ code: 'aws-failed' });
    expect(far.sessions()).toEqual([]);
  });

  it('an address that is not the service’s own gets no token', async () => {
    const { open, api, expectNothingLeft, far } = await openChannelStage();
    const astray = {
      ...api,
      startSession: async (...args: Parameters<typeof api.startSession>) => ({
        ...(await api.startSession(...args)),
        streamUrl: 'wss://ssmmessages.eu-west-1.evil.example/v1/data-channel/x',
      }),
    };
    await expect(open({ api: astray })).rejects.toMatchObject({ code: 'stream-url-refused' });
    await expectNothingLeft();
    expect(far.sessions()).toMatchObject([{ connections: 0, endedBy: 'api' }]);
  });

  it('a gateway that refuses the websocket', async () => {
    const { open, expectNothingLeft, far } = await openChannelStage();
    far.setGatewayAway(true);
    await expect(open()).rejects.toMatchObject({
      code: 'ssm-failed',
      message: '127.0.0.1 answered 503 to the websocket',
    });
    await expectNothingLeft();
  });

  it('a try that is given up while the agent is silent', async () => {
    const { open, expectNothingLeft, far } = await openChannelStage({ agent: { isMute: true } });
    const giveUp = new AbortController();
    const opening = open({}, giveUp.signal);
    await vi.waitFor(() => expect(far.sessions()).toMatchObject([{ clientSockets: 1 }]), PATIENCE);
    giveUp.abort();
    await expect(opening).rejects.toMatchObject({ code: 'interrupted' });
    await expectNothingLeft();
  });

  it('a session that was started too late to be wanted', async () => {
    const { open, api, expectNothingLeft, far } = await openChannelStage();
    const giveUp = new AbortController();
    const slow = {
      ...api,
      async startSession(start: Parameters<typeof api.startSession>[0]) {
        const started = await api.startSession(start, new AbortController().signal);
        giveUp.abort();
        await new Promise((resolve) => setImmediate(resolve));
        return started;
      },
    };
    await expect(open({ api: slow }, giveUp.signal)).rejects.toMatchObject({ code: 'interrupted' });
    await vi.waitFor(() => expect(far.sessions()).toMatchObject([{ state: 'Terminated' }]), PATIENCE);
    await expectNothingLeft();
  });
});

describe('close', () => {
  it('cuts the streams, and none can be opened any more', async () => {
    const { open, expectNothingLeft } = await openChannelStage();
    const channel = await open();
    const stream = await channel.dial();
    const cut = new Promise((resolve) => stream.once('error', resolve));
    stream.resume();
    await Promise.all([channel.close(), channel.close()]);
    expect(await cut).toBeInstanceOf(HotpassError);
    expect(stream.readableEnded).toBe(false);
    await expect(channel.dial()).rejects.toMatchObject({ code: 'interrupted' });
    expect(channel.streams()).toBe(0);
    await expectNothingLeft();
  });

  it('ends the session by the agent where the call to the service fails', async () => {
    const { open, api, far, log, expectNothingLeft } = await openChannelStage();
    const terminateSession = () => Promise.reject(new HotpassError('aws-unreachable', 'no network'));
    const channel = await open({ api: { ...api, terminateSession } });
    await channel.close();
    await expectNothingLeft();
    expect(far.sessions()).toMatchObject([{ endedBy: 'agent' }]);
    expect(log.at(-1)).toBe(`${channel.sessionId} could not be ended: no network`);
  });

  it('ends the session by a call to the service where nobody listens', async () => {
    const { open, far, expectNothingLeft } = await openChannelStage();
    const channel = await open();
    far.setStalled(true);
    const began = performance.now();
    await channel.close();
    expect(performance.now() - began).toBeLessThan(2_000);
    far.setStalled(false);
    await expectNothingLeft();
    expect(far.sessions()).toMatchObject([{ endedBy: 'api' }]);
  });

  it('does not wait for long where neither answers', async () => {
    const { open, api, far } = await openChannelStage();
    const terminateSession = () => new Promise<never>(() => undefined);
    const channel = await open({ api: { ...api, terminateSession } });
    far.setStalled(true);
    const began = performance.now();
    await channel.close();
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await channel.ended).toMatchObject({ code: 'interrupted' });
  });
});

describe('the end by the service', () => {
  it('is told, and cuts the streams', async () => {
    const { open, far, told, expectNothingLeft } = await openChannelStage();
    const channel = await open();
    const stream = await channel.dial();
    stream.resume();
    const cut = new Promise((resolve) => stream.once('error', resolve));
    far.closeChannels('Your session timed out due to inactivity.');
    expect(await channel.ended).toMatchObject({ code: 'session-idle' });
    await cut;
    expect(stream.readableEnded).toBe(false);
    await expect(channel.dial()).rejects.toMatchObject({ code: 'session-idle' });
    expect(channel.isResuming()).toBe(false);
    expect(await channel.answers(100)).toBe(false);
    await expectNothingLeft();
    expect(told.words).toEqual([]);
  });

  it('with nonsense in place of connections ends the session over there too', async () => {
    const { open, far, expectNothingLeft } = await openChannelStage({
      onClient: (socket) => void socket.resume(),
    });
    const channel = await open();
    // Data that claims to be of another protocol: number 2 follows the handshake.
    far.inject(hostileData(2));
    expect(await channel.ended).toMatchObject({ code: 'ssm-failed' });
    await expectNothingLeft();
  });
});

function hostileData(sequence: number): string {
  return encodeMessage({
    type: 'output_stream_data',
    createdAt: Date.now(),
    sequence,
    flags: 0,
    id: '8e33fd96-8ff2-4298-a1bb-fcbc618822c9',
    payloadType: 1,
    payload: Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  }).toString('hex');
}
