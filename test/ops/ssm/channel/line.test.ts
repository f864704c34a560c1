import { describe, expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { type Line, openLine } from '../../../../src/ops/ssm/channel/line.ts';
import type { ChannelSocket, SocketListener } from '../../../../src/ops/ssm/channel/socket.ts';

const KB = 1024;

/** A websocket whose network takes what the test says. */
async function openFake() {
  const sleeps: { at: number; wake: () => void }[] = [];
  let now = 0;
  const sys = {
    monotonic: () => now,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleeps.push({ at: now + ms, wake: resolve });
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const given: (Uint8Array | string)[] = [];
  const pings: string[] = [];
  const state = { unsent: 0, isReading: true, isCut: false, lost: [] as HotpassError[], drains: 0 };
  const socket: ChannelSocket = {
    send(frame) {
      given.push(frame);
      state.unsent += frame.length;
    },
    ping: (mark) => pings.push(mark),
    unsent: () => state.unsent,
    pause() {
      state.isReading = false;
    },
    resume() {
      state.isReading = true;
    },
    cut() {
      state.isCut = true;
    },
  };
  let listener: SocketListener | undefined;
  const lines: Line[] = [];
  await openLine(
    sys,
    {
      url: new URL('wss://ssmmessages.eu-west-1.amazonaws.com'),
      token: 'SECRET',
      clientId: 'client',
      openSocket: async (_, given) => {
        listener = given;
        given.onOpen(socket);
      },
      onOpen: (line) => lines.push(line),
      onFrame: () => undefined,
      onDrain() {
        state.drains += 1;
      },
      onProved: () => undefined,
      onLost: (why) => state.lost.push(why),
    },
    new AbortController().signal,
  );
  const [line] = lines;
  if (line === undefined || listener === undefined) throw new Error('the line did not open');
  return {
    line,
    listener,
    state,
    given,
    pings,
    /** The network takes so many bytes. */
    take(bytes: number) {
      state.unsent = Math.max(0, state.unsent - bytes);
      if (state.unsent === 0) listener?.onDrain();
    },
    async pass(ms: number) {
      now += ms;
      for (const one of sleeps.splice(0)) {
        if (one.at <= now) one.wake();
        else sleeps.push(one);
      }
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
  };
}

it('opens with the open frame and a ping', async () => {
  const { given, pings } = await openFake();
  expect(given).toEqual([expect.stringContaining('"TokenValue":"SECRET"')]);
  expect(pings).toHaveLength(1);
});

describe('a network that takes little', () => {
  it('gets frames in batches, in their order', async () => {
    const { line, given, take, state } = await openFake();
    take(10 * KB);
    const frames = Array.from({ length: 2000 }, (_, index) => Buffer.alloc(KB, index % 251));
    for (const frame of frames) line.send(frame);
    expect(state.unsent).toBeLessThanOrEqual(257 * KB);
    expect(line.unsent()).toBe(2000 * KB);
    const drains = state.drains;
    take(256 * KB);
    expect(given.length).toBeLessThan(600);
    expect(state.drains).toBe(drains);
    while (state.unsent > 0) take(256 * KB);
    const sent = given.flatMap((frame) => (typeof frame === 'string' ? [] : [frame]));
    expect(Buffer.concat(sent).equals(Buffer.concat(frames))).toBe(true);
    expect(line.unsent()).toBe(0);
    expect(state.drains).toBeGreaterThan(drains);
  });

  it('stops the reading while more acks wait than it can carry, and is no silent far side', async () => {
    const { line, listener, take, state, pass } = await openFake();
    for (let sent = 0; sent < 9 * 1024; sent += 1) line.send(Buffer.alloc(KB));
    listener.onFrame(Buffer.from('one more'));
    expect(state.isReading).toBe(false);
    for (let turn = 0; turn < 20; turn += 1) {
      await pass(8_000);
      take(256 * KB);
    }
    expect(state.lost).toEqual([]);
    while (state.unsent > 0) take(256 * KB);
    expect(state.isReading).toBe(true);
  });

  it('is given up when it takes nothing at all', async () => {
    const { line, listener, state, pass } = await openFake();
    for (let sent = 0; sent < 9 * 1024; sent += 1) line.send(Buffer.alloc(KB));
    listener.onFrame(Buffer.from('one more'));
    for (let turn = 0; turn < 3; turn += 1) await pass(8_000);
    expect(state.lost).toMatchObject([{ code: 'aws-unreachable' }]);
    expect(state.isCut).toBe(true);
  });
});

describe('a far side', () => {
  it('that is heard at all is not silent', async () => {
    const { listener, state, pass, pings } = await openFake();
    for (let turn = 0; turn < 10; turn += 1) {
      await pass(8_000);
      listener.onFrame(Buffer.from('data'));
    }
    expect(state.lost).toEqual([]);
    expect(pings.length).toBeGreaterThan(8);
  });

  it('that says nothing after a ping is given up within 20 s', async () => {
    const { listener, state, pass } = await openFake();
    listener.onPong('1');
    await pass(8_000);
    expect(state.lost).toEqual([]);
    await pass(8_000);
    expect(state.lost).toMatchObject([{ message: 'SSM does not answer any more' }]);
  });

  it('is asked again when this process itself was stopped', async () => {
    const { listener, state, pass, pings } = await openFake();
    listener.onPong('1');
    await pass(8_000);
    const before = pings.length;
    await pass(600_000);
    expect(state.lost).toEqual([]);
    expect(pings.length).toBe(before + 1);
  });

  it('is not blamed for what we do not read', async () => {
    const { line, state, pass } = await openFake();
    line.hold(true);
    expect(state.isReading).toBe(false);
    for (let turn = 0; turn < 10; turn += 1) await pass(8_000);
    expect(state.lost).toEqual([]);
    expect(await line.answers(1)).toBe(true);
    line.hold(false);
    expect(state.isReading).toBe(true);
    for (let turn = 0; turn < 3; turn += 1) await pass(8_000);
    expect(state.lost).toHaveLength(1);
  });

  it('answers by the pong of the very ping', async () => {
    const { line, listener, pings, pass } = await openFake();
    const late = line.answers(5_000);
    listener.onPong('of another time');
    await pass(5_000);
    expect(await late).toBe(false);
    const answer = line.answers(5_000);
    listener.onPong(pings.at(-1) ?? '');
    expect(await answer).toBe(true);
  });

  it('that is gone is told once, and not at all where we left', async () => {
    const gone = await openFake();
    const why = new HotpassError('aws-unreachable', 'gone');
    gone.listener.onGone(why);
    gone.listener.onGone(why);
    expect(gone.state.lost).toHaveLength(1);
    const left = await openFake();
    left.line.cut();
    left.listener.onGone(why);
    expect(left.state.lost).toEqual([]);
  });
});
