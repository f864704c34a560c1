import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeMessage } from '../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE, PAYLOAD_TYPE } from '../../../src/ops/ssm/message/protocol.ts';
import { connectionsIn, type RECORDINGS, readRecording } from '../../support/ssm-recording.ts';
import { PATIENCE } from './channel/channel-stage.ts';
import { talkOfClient } from './recorded-talk.ts';
import { acksFor, openReplayStage, type ReplayStage, saidTooEarly } from './replay-stage.ts';

type Name = (typeof RECORDINGS)[number];

let stage: ReplayStage | undefined;
const begin = async (name: Name) => {
  stage = await openReplayStage(name);
  return stage;
};
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** A local end: what it got, and how that ended. */
function listen(stream: Duplex) {
  const got: Buffer[] = [];
  const end = { by: 'nothing' };
  stream.on('data', (bytes: Buffer) => got.push(Buffer.from(bytes)));
  stream.on('end', () => {
    end.by = 'end';
  });
  stream.on('error', (error) => {
    end.by = error.message;
  });
  return { stream, end, got: () => Buffer.concat(got) };
}

const factsOf = (bytes: Buffer) => ({
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

// The others have tests of their own below: there our client does what the recorded one did not.
const alike: readonly Name[] = [
  '02-http-get',
  '03-upload-echo-20000',
  '04-four-connections',
  '07-cut-and-resume',
  '08-duplicates-and-reordering',
  '09-old-client-nop',
  '10-idle-timeout',
  '12-old-client-idle-death',
];

describe.each(alike)('with the agent of the recording %s', (name) => {
  it('each local end gets and gives what the recorded one did, and every message is acknowledged', async () => {
    const { open, talk, said, played, acks, left, words } = await begin(name);
    const recorded = talkOfClient(name);
    const connections = connectionsIn(name);
    const channel = await open();
    const ends: ReturnType<typeof listen>[] = [];
    for (const { stream } of connections) {
      const end = listen(await channel.dial());
      end.stream.write(recorded.bytesOf(stream ?? 0));
      ends.push(end);
    }
    await vi.waitFor(() => {
      const got = ends.map((end) => factsOf(end.got()));
      expect(got).toEqual(connections.map(({ local }) => factsIn(local.received)));
    }, PATIENCE);
    // Closed in the order of the recording; those that the agent closed are closed already.
    for (const id of recorded.progress().closed) ends[(id - 3) / 2]?.stream.end().destroy();
    await vi.waitFor(() => expect(left()).toBe(0), PATIENCE);
    await vi.waitFor(() => expect(acks()).toEqual(expect.arrayContaining(acksFor(played))), PATIENCE);
    expect(acks().length).toBe(played.length);
    expect(saidTooEarly(said, played)).toEqual([]);
    for (const { stream, local } of connections)
      expect(factsOf(talk.bytesOf(stream ?? 0))).toEqual(factsIn(local.sent));
    await channel.close();
    expect(words.at(-1)).toBe('TerminateSession');
  });
});

const factsIn = ({ bytes, sha256 }: { readonly bytes: number; readonly sha256: string }) => ({
  bytes,
  sha256,
});

it('the agent of 01 hears TerminateSession, and the service too', async () => {
  const { open, said, words } = await begin('01-handshake-terminate');
  const channel = await open();
  expect(channel.agentVersion).toBe('3.3.0.0');
  await channel.close();
  expect(said.at(-1)).toMatchObject({ payloadType: 10, payload: Buffer.from([0, 0, 0, 2]) });
  expect(words).toEqual(['TerminateSession']);
  expect((await channel.ended).code).toBe('interrupted');
});

it('refusals by the agent of 05 break their connections, and nothing else', async () => {
  const { open, words, left } = await begin('05-refused-target');
  const channel = await open();
  for (const refusals of [1, 2]) {
    const { stream, end, got } = listen(await channel.dial());
    stream.write('hello');
    await vi.waitFor(() => expect(words.length).toBe(refusals), PATIENCE);
    await vi.waitFor(() => expect(stream.destroyed).toBe(true), PATIENCE);
    // A client must see a broken connection, not an empty answer.
    expect([got().length, end.by]).toEqual([0, expect.stringMatching(/connect/)]);
  }
  expect(words).toEqual(['refused', 'refused']);
  await vi.waitFor(() => expect(left()).toBe(0), PATIENCE);
  await channel.close();
});

it('the answer to who has closed its half arrives, where the recorded client of 06 had lost it', async () => {
  const { open, talk, playInstead } = await begin('06-half-close');
  const channel = await open();
  const { stream, end, got } = listen(await channel.dial());
  stream.end(talkOfClient('06-half-close').bytesOf(3));
  await vi.waitFor(() => expect(talk.progress().bytes).toBe(5), PATIENCE);
  // The recorded client said FIN here, at which the agent closes the connection to its target.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(talk.progress().closed).toEqual([]);
  const answer = Buffer.from('got 5\n');
  playInstead(
    agentSays(2, Buffer.from([1, 2, answer.length, 0, 3, 0, 0, 0]), answer),
    agentSays(3, Buffer.from([1, 1, 0, 0, 3, 0, 0, 0])),
  );
  await vi.waitFor(() => expect(end.by).toBe('end'), PATIENCE);
  expect(got().toString()).toBe('got 5\n');
  await vi.waitFor(() => expect(talk.progress().closed).toEqual([3]), PATIENCE);
  await channel.close();
});

it('after the cut of 07 the same client comes with a new token, though a try is refused', async () => {
  const { open, greetings, words, left } = await begin('07-cut-and-resume');
  const channel = await open();
  const { stream, end, got } = listen(await channel.dial());
  stream.write('go');
  await vi.waitFor(() => expect(end.by).toBe('end'), PATIENCE);
  expect([got().length, left()]).toEqual([40_000, 0]);
  // The token of the try that was refused is FAKE-TOKEN-2.
  expect(greetings.map(({ TokenValue }) => TokenValue)).toEqual(['FAKE-TOKEN-1', 'FAKE-TOKEN-3']);
  expect(new Set(greetings.map(({ ClientId }) => ClientId)).size).toBe(1);
  expect(words).toEqual([
    expect.stringMatching(/^interrupted /),
    'ResumeSession',
    expect.stringMatching(/^interrupted /),
    'ResumeSession',
    'resumed',
  ]);
  await channel.close();
});

it('the acknowledgement that 13 lost is said again, and the agent goes on', async () => {
  const name = '13-cut-lost-ack';
  const { open, acks, played, playInstead, left } = await begin(name);
  const channel = await open();
  const { stream, got } = listen(await channel.dial());
  stream.write('go');
  // The fourth repetition came when the recorded client had given up.
  await vi.waitFor(() => expect(left()).toBe(1), PATIENCE);
  const [five = ''] = acksFor(played.filter(({ sequence }) => sequence === 5));
  // Three came over the second websocket; the official client is silent at each.
  await vi.waitFor(
    () => expect(acks().filter((ack) => ack === five).length).toBeGreaterThanOrEqual(3),
    PATIENCE,
  );
  const lost = readRecording(name).find(({ isLost, n }) => isLost && n === 11);
  playInstead(lost?.frame ?? Buffer.alloc(0));
  await vi.waitFor(() => expect(got().length).toBe(8000), PATIENCE);
  expect(factsOf(got())).toEqual(connectionsIn(name).map(({ target }) => target && factsIn(target.sent))[0]);
  await channel.close();
});

it('with the agent of 11, which forwards one connection without streams, there is no session', async () => {
  const { open, said, words } = await begin('11-ssh-document-basic');
  await expect(open()).rejects.toMatchObject({ code: 'ssm-failed' });
  const response = said.find(({ payloadType }) => payloadType === 6);
  expect(JSON.parse(response?.payload.toString() ?? '')).toMatchObject({
    ProcessedClientActions: [{ ActionType: 'SessionType', ActionStatus: 2 }],
  });
  expect(words).toEqual(['TerminateSession']);
});

it.each([
  ['10-idle-timeout', 'session-idle'],
  ['12-old-client-idle-death', 'ssm-failed'],
] as const)('the end of %s breaks what is open, and says why', async (name, code) => {
  const { open, left, letEnd } = await begin(name);
  const channel = await open();
  const { stream, end, got } = listen(await channel.dial());
  stream.write('hello');
  await vi.waitFor(() => expect([got().toString(), left()]).toEqual(['hello', 0]), PATIENCE);
  letEnd();
  expect((await channel.ended).code).toBe(code);
  await vi.waitFor(() => expect(stream.destroyed).toBe(true), PATIENCE);
  expect(end.by).not.toBe('end');
});

/** A message of the agent with these bytes of connections. */
function agentSays(sequence: number, ...bytes: readonly Buffer[]): Buffer {
  return encodeMessage({
    type: MESSAGE_TYPE.output,
    createdAt: Date.now(),
    sequence,
    flags: 0,
    id: '00112233-4455-4677-8899-aabbccddeeff',
    payloadType: PAYLOAD_TYPE.output,
    payload: Buffer.concat(bytes),
  });
}
