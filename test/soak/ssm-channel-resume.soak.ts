import { describe, expect, it, vi } from 'vitest';
import {
  answerDigestAfter,
  type ChannelStage,
  echoOver,
  knownBytes,
  openChannelStage,
  openOneChannel,
  PATIENCE,
  sha256,
} from '../ops/ssm/channel/channel-stage.ts';

const until = (what: () => void) => vi.waitFor(what, PATIENCE);

describe.each([
  ['a socket that is cut', 'cutSockets', 'aws-unreachable'],
  ['1000 "Bye"', 'sayBye', 'ssm-failed'],
] as const)('%s', (_, fault, code) => {
  it('keeps the connections, both while they rest and while they move', async () => {
    const { channel, far, told } = await openOneChannel();
    const [resting, moving] = [await channel.dial(), await channel.dial()];
    const bytes = knownBytes(400_000);
    const echoed = echoOver(moving, bytes);
    far[fault]();
    expect((await echoed).equals(bytes)).toBe(true);
    await until(() => expect(told.words).toEqual([`interrupted ${code}`, 'resumed']));
    expect((await echoOver(resting, Buffer.from('still here'))).toString()).toBe('still here');
    expect(far.sessions()).toMatchObject([{ connections: 2, state: 'Connected' }]);
    expect(channel.isResuming()).toBe(false);
  });
});

it('writes that come while there is no socket arrive after it', async () => {
  const { channel, far, told } = await openOneChannel();
  const stream = await channel.dial();
  await echoOver(stream, Buffer.from('before'));
  far.setGatewayAway(true);
  await until(() => expect(told.words).toContain('interrupted aws-unreachable'));
  expect(channel.isResuming()).toBe(true);
  expect(channel.evidence()).toMatch(/no socket$/);
  const dialled = await channel.dial();
  const [one, two] = [knownBytes(100_000, 1), knownBytes(100_000, 2)];
  const echoes = Promise.all([echoOver(stream, one), echoOver(dialled, two)]);
  await until(() => expect(channel.nextTry()?.attempt).toBeGreaterThan(1));
  far.setGatewayAway(false);
  channel.hurry();
  const [first, second] = await echoes;
  expect(first.equals(one) && second.equals(two)).toBe(true);
  expect(channel.nextTry()).toBeUndefined();
});

it('what is written without a socket is bounded', async () => {
  const { channel, far, told } = await openOneChannel();
  const stream = await channel.dial();
  far.setGatewayAway(true);
  await until(() => expect(told.words).not.toEqual([]));
  const piece = knownBytes(64 * 1024);
  let taken = 0;
  const feed = (): void => {
    stream.write(piece, (error) => {
      if (error) return;
      taken += piece.length;
      feed();
    });
  };
  feed();
  await until(() => expect(taken).toBeGreaterThan(256 * 1024));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(taken).toBeLessThan(6 * 1024 * 1024);
});

it('one refused ResumeSession is followed by another', async () => {
  const { channel, far, told } = await openOneChannel();
  const stream = await channel.dial();
  far.refuseResume(1, 'error');
  far.cutSockets();
  await until(() =>
    expect(told.words).toEqual(['interrupted aws-unreachable', 'interrupted aws-failed', 'resumed']),
  );
  expect((await echoOver(stream, Buffer.from('again'))).toString()).toBe('again');
});

it('a session that is not resumed for good is over, and its streams are cut', async () => {
  const { channel, far, told } = await openOneChannel();
  const stream = await channel.dial();
  stream.resume();
  const cut = new Promise((resolve) => stream.once('error', resolve));
  far.refuseResume(1_000, 'no-token');
  far.cutSockets();
  expect(await channel.ended).toMatchObject({
    code: 'ssm-failed',
    message: `session ${channel.sessionId} is over: SSM does not resume it`,
  });
  await cut;
  expect(stream.readableEnded).toBe(false);
  expect(told.words).toEqual(['interrupted aws-unreachable']);
});

it('goes on by itself when expired credentials are good again, and tells of it once', async () => {
  const { channel, far, told } = await openOneChannel();
  const stream = await channel.dial();
  far.setStanding('AKIDREHEARSED', 'expired');
  far.cutSockets();
  await until(() => expect(channel.nextTry()?.attempt).toBeGreaterThan(1));
  expect(told.words).toEqual(['interrupted aws-unreachable', 'interrupted credentials-expired']);
  far.setStanding('AKIDREHEARSED', 'good');
  const echoed = echoOver(stream, Buffer.from('welcome back'));
  await until(() => expect(told.words.at(-1)).toBe('resumed'));
  expect((await echoed).toString()).toBe('welcome back');
});

it('does not wait for the next try when it is told to hurry', async () => {
  const { channel, far, told } = await openOneChannel();
  far.setStanding('AKIDREHEARSED', 'expired');
  far.cutSockets();
  // The third try in a row that is refused waits for several seconds.
  await until(() => expect(channel.nextTry()?.inSeconds).toBeGreaterThan(2));
  far.setStanding('AKIDREHEARSED', 'good');
  const began = performance.now();
  channel.hurry();
  await until(() => expect(told.words.at(-1)).toBe('resumed'));
  expect(performance.now() - began).toBeLessThan(1_500);
});

it('no token goes to an address that a resume names and that is not the service’s own', async () => {
  const stage = await openChannelStage();
  const { api, far, told } = stage;
  let isAstray = true;
  const resumeSession: typeof api.resumeSession = async (...args) => {
    const resumed = await api.resumeSession(...args);
    return resumed && isAstray ? { ...resumed, streamUrl: 'wss://ssmmessages.evil.example/' } : resumed;
  };
  const channel = await stage.open({ api: { ...api, resumeSession } });
  far.cutSockets();
  await until(() => expect(told.words).toContain('interrupted stream-url-refused'));
  isAstray = false;
  channel.hurry();
  await until(() => expect(told.words.at(-1)).toBe('resumed'));
});

it('a service that lets in and closes at once meets the back-off', async () => {
  const { channel, far } = await openOneChannel();
  far.cutAfter(1);
  far.cutSockets();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(far.calls().filter(({ operation }) => operation === 'ResumeSession').length).toBeLessThan(8);
  far.cutAfter(null);
  channel.hurry();
  await until(() => expect(channel.isResuming()).toBe(false));
});

it('a close while it is being resumed ends the session over there', async () => {
  const { channel, far, told, expectNothingLeft } = await openOneChannel();
  far.setGatewayAway(true);
  await until(() => expect(told.words).not.toEqual([]));
  await channel.close();
  await expectNothingLeft();
  expect(await channel.ended).toMatchObject({ code: 'interrupted' });
  const resumes = () => far.calls().filter(({ operation }) => operation === 'ResumeSession').length;
  const before = resumes();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(resumes()).toBe(before);
});

describe('asked for a sign of life', () => {
  it('says yes where the far side answers', async () => {
    const { channel } = await openOneChannel();
    expect(await channel.answers(5_000)).toBe(true);
  });

  it('resumes over a new socket where it is silent', async () => {
    const { channel, far, told } = await openOneChannel();
    const stream = await channel.dial();
    far.setStalled(true);
    expect(await channel.answers(300)).toBe(false);
    far.setStalled(false);
    await until(() => expect(told.words).toEqual(['interrupted aws-unreachable', 'resumed']));
    expect((await echoOver(stream, Buffer.from('awake'))).toString()).toBe('awake');
  });

  it('waits for a resume that is under way, and hurries it', async () => {
    const { channel, far, told } = await openOneChannel();
    far.setGatewayAway(true);
    await until(() => expect(told.words).not.toEqual([]));
    expect(await channel.answers(50)).toBe(false);
    far.setGatewayAway(false);
    expect(await channel.answers(5_000)).toBe(true);
    expect(channel.isResuming()).toBe(false);
  });
});

it('a client that is paused by the service sends nothing, and all of it afterwards', async () => {
  const { channel, far } = await openOneChannel();
  const stream = await channel.dial();
  await echoOver(stream, Buffer.from('before'));
  far.publish('pause_publication');
  await channel.answers(5_000);
  const bytes = knownBytes(100_000);
  const before = far.sessions()[0]?.bytesUp;
  const echoed = echoOver(stream, bytes);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(far.sessions()[0]?.bytesUp).toBe(before);
  far.publish('start_publication');
  expect((await echoed).equals(bytes)).toBe(true);
});

describe('a socket that is cut again and again in one transfer changes no byte of it', () => {
  it('upwards', async () => {
    const bytes = knownBytes(5_000_000);
    const { channel, far, told } = await openOneChannel({ onClient: answerDigestAfter(bytes.length) });
    const stream = await channel.dial();
    const answer = new Promise((resolve) => stream.once('data', (digest: Buffer) => resolve(String(digest))));
    cutEach(far, 2_500);
    stream.write(bytes);
    expect(await answer).toBe(sha256(bytes));
    expect(told.words.filter((word) => word === 'resumed').length).toBeGreaterThan(2);
  });

  // The agent repairs what a cut took of its own at ten messages a second, so little may be on its way.
  it('downwards, at the pace of the official agent', async () => {
    const bytes = knownBytes(300_000);
    const { channel, far, told } = await openOneChannel({
      agent: {},
      onClient: (socket) => void socket.write(bytes),
    });
    cutEach(far, 100);
    const got: Buffer[] = [];
    const stream = await channel.dial();
    stream.on('data', (chunk: Buffer) => got.push(Buffer.from(chunk)));
    await vi.waitFor(() => expect(Buffer.concat(got).length).toBe(bytes.length), {
      timeout: 20_000,
      interval: 50,
    });
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    expect(told.words.filter((word) => word === 'resumed').length).toBeGreaterThan(2);
  });
});

/** Cuts each socket, this one and those to come, after so many messages. */
function cutEach(far: ChannelStage['far'], messages: number): void {
  far.cutAfter(messages);
  far.cutSockets();
}
