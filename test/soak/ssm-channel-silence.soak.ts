import { expect, it, vi } from 'vitest';
import {
  echoOver,
  knownBytes,
  openChannelStage,
  openOneChannel,
  PATIENCE,
  QUICK,
  quickTime,
  type StageOptions,
} from '../ops/ssm/channel/channel-stage.ts';

const begin = (options: StageOptions = {}) => openOneChannel({ ...options, sys: quickTime });
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, (count * 1000) / QUICK));

it('a far side that falls silent is told within 20 s, and resumed over a new socket', async () => {
  const { channel, far, told } = await begin();
  const stream = await channel.dial();
  await echoOver(stream, Buffer.from('before'));
  far.setStalled(true);
  const began = quickTime.monotonic();
  await vi.waitFor(() => expect(told.words).toEqual(['interrupted aws-unreachable']), PATIENCE);
  expect((quickTime.monotonic() - began) / 1000).toBeLessThan(20);
  far.setStalled(false);
  await vi.waitFor(() => expect(told.words.at(-1)).toBe('resumed'), PATIENCE);
  expect((await echoOver(stream, Buffer.from('after'))).toString()).toBe('after');
});

it('an idle channel costs a few pings, and neither messages nor calls', async () => {
  const { channel, far, told } = await begin();
  const { bytesUp } = far.sessions()[0] ?? {};
  const calls = far.calls().length;
  await seconds(60);
  expect(told.words).toEqual([]);
  expect(far.sessions()).toMatchObject([{ bytesUp, connections: 1, state: 'Connected' }]);
  expect(far.calls().length).toBe(calls);
  expect(channel.evidence()).toMatch(/heard \d s ago/);
});

it('a client that reads nothing for a minute is not taken for a silent far side', async () => {
  const bytes = knownBytes(6_000_000);
  const { channel, told } = await begin({ onClient: (socket) => void socket.write(bytes) });
  const got: Buffer[] = [];
  let takes = false;
  const stream = await channel.dial((chunk) => {
    got.push(Buffer.from(chunk));
    return takes;
  });
  await seconds(60);
  expect(told.words).toEqual([]);
  expect(Buffer.concat(got).length).toBeLessThan(5_000_000);
  expect(await channel.answers(100)).toBe(true);
  takes = true;
  stream.resume();
  await vi.waitFor(
    () => expect(got.reduce((sum, { length }) => sum + length, 0)).toBe(bytes.length),
    PATIENCE,
  );
  expect(Buffer.concat(got).equals(bytes)).toBe(true);
  expect(told.words).toEqual([]);
});

it('a client that reads nothing does not keep a session from being resumed', async () => {
  const bytes = knownBytes(6_000_000);
  const { channel, far, told } = await begin({ onClient: (socket) => void socket.write(bytes) });
  let got = 0;
  await channel.dial((chunk) => {
    got += chunk.length;
    return false;
  });
  await vi.waitFor(() => expect(far.sessions()[0]?.bytesDown).toBeGreaterThan(4_500_000), PATIENCE);
  far.cutSockets();
  // Nobody reads the socket, so its end is noticed by what is written to it.
  const other = await channel.dial();
  other.write('hello');
  await vi.waitFor(() => expect(told.words).toEqual(['interrupted aws-unreachable', 'resumed']), PATIENCE);
  expect(channel.isResuming()).toBe(false);
  await seconds(30);
  expect(told.words).toHaveLength(2);
  expect(got).toBeLessThan(5_000_000);
});

it('an agent that never speaks is told, and its session ended', async () => {
  const stage = await openChannelStage({ agent: { isMute: true }, sys: quickTime });
  await expect(stage.open()).rejects.toMatchObject({
    code: 'ssm-failed',
    message: 'the agent of i-0123456789abcdef0 does not speak',
  });
  await stage.expectNothingLeft();
});

it('a service that does not answer the start is told', async () => {
  const stage = await openChannelStage({ sys: quickTime });
  const { api, open } = stage;
  const startSession = () => new Promise<never>(() => undefined);
  await expect(open({ api: { ...api, startSession } })).rejects.toMatchObject({ code: 'aws-unreachable' });
});

it('a ResumeSession that is not answered is tried again', async () => {
  const stage = await openChannelStage({ sys: quickTime });
  const { api, open, far, told } = stage;
  let hangs = true;
  let calls = 0;
  const resumeSession: typeof api.resumeSession = (...args) => {
    calls += 1;
    return hangs ? new Promise<never>(() => undefined) : api.resumeSession(...args);
  };
  await open({ api: { ...api, resumeSession } });
  far.cutSockets();
  await vi.waitFor(() => expect(told.words).toContain('interrupted aws-unreachable'), PATIENCE);
  await vi.waitFor(() => expect(calls).toBeGreaterThan(1), PATIENCE);
  hangs = false;
  await vi.waitFor(() => expect(told.words.at(-1)).toBe('resumed'), PATIENCE);
});

it('who hurries does not wait for a try that hangs', async () => {
  const stage = await openChannelStage();
  const { api, open, far, told } = stage;
  let calls = 0;
  const resumeSession: typeof api.resumeSession = (...args) => {
    calls += 1;
    return calls === 1 ? new Promise<never>(() => undefined) : api.resumeSession(...args);
  };
  const channel = await open({ api: { ...api, resumeSession } });
  far.cutSockets();
  await vi.waitFor(() => expect(calls).toBe(1), PATIENCE);
  // A try that has just begun is left alone.
  channel.hurry();
  expect(channel.isResuming()).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 3_100));
  expect(calls).toBe(1);
  channel.hurry();
  await vi.waitFor(() => expect(told.words.at(-1)).toBe('resumed'), PATIENCE);
});
