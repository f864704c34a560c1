import { expect, it, vi } from 'vitest';
import {
  answerDigestAfter,
  echoOver,
  knownBytes,
  openOneChannel,
  PATIENCE,
  sha256,
} from '../ops/ssm/channel/channel-stage.ts';

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

const CUTS = 200;
const MESSAGES_A_CUT = 400;

it(`a socket that is cut ${CUTS} times in one transfer changes no byte of it`, async () => {
  // Each of these messages goes up, and its acknowledgement down.
  const bytes = knownBytes(CUTS * (MESSAGES_A_CUT / 2) * 1024);
  const { channel, far, told, expectNothingLeft } = await openOneChannel({
    onClient: answerDigestAfter(bytes.length),
  });
  const stream = await channel.dial();
  const answer = new Promise((resolve) => stream.once('data', (digest: Buffer) => resolve(String(digest))));
  far.cutAfter(MESSAGES_A_CUT);
  far.cutSockets();
  stream.write(bytes);
  expect(await answer).toBe(sha256(bytes));
  far.cutAfter(null);
  expect(far.sessions()[0]?.connections).toBeGreaterThanOrEqual(CUTS);
  expect(told.words.filter((word) => word === 'resumed').length).toBeGreaterThan(CUTS * 0.9);
  await channel.close();
  await expectNothingLeft();
});

it('a gateway that is away keeps all connections, and what clients write meanwhile', async () => {
  const { channel, far, told } = await openOneChannel();
  const streams = await Promise.all(Array.from({ length: 10 }, () => channel.dial()));
  const sent = streams.map((_, index) => knownBytes(1_500_000, index));
  const echoes = streams.map((stream, index) => {
    const bytes = sent[index] ?? Buffer.alloc(0);
    return echoOver(stream, bytes);
  });
  await vi.waitFor(() => expect(far.sessions()[0]?.bytesUp).toBeGreaterThan(100_000), PATIENCE);
  far.setGatewayAway(true);
  // Two minutes of it: net-ssm-faults, by the whole program.
  await seconds(20);
  expect(channel.isResuming()).toBe(true);
  const calls = far.calls().filter(({ operation }) => operation === 'ResumeSession').length;
  expect(calls).toBeLessThan(15);
  far.setGatewayAway(false);
  await vi.waitFor(() => expect(told.words.at(-1)).toBe('resumed'), { timeout: 40_000, interval: 50 });
  const got = await Promise.all(echoes);
  expect(got.map(sha256)).toEqual(sent.map(sha256));
});

it('cuts, losses, doubles and late messages together change no byte', async () => {
  const bytes = knownBytes(6 * 1024 * 1024);
  const { channel, far, told } = await openOneChannel({ onClient: answerDigestAfter(bytes.length) });
  const stream = await channel.dial();
  const answer = new Promise((resolve) => stream.once('data', (digest: Buffer) => resolve(String(digest))));
  far.disturb({ lossPercent: 5, duplicatePercent: 5, reorderPercent: 5, reorderMs: 50, latencyMs: 150 });
  const cut = setInterval(() => far.cutSockets(), 2_000);
  try {
    stream.write(bytes);
    expect(await answer).toBe(sha256(bytes));
  } finally {
    clearInterval(cut);
  }
  expect(told.words.filter((word) => word === 'resumed').length).toBeGreaterThan(1);
});
