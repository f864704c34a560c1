import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSsm } from '../../../src/rehearsal/ssm/index.ts';
import { type Message, readMessage } from '../../../src/rehearsal/ssm/message.ts';
import { startServer } from '../../support/ports.ts';
import { openProbe, type Probe, readSmux } from '../../support/ssm-probe.ts';
import { knownBytes, readRecording, readScenario } from '../../support/ssm-recording.ts';

const POLL = { timeout: 10_000, interval: 2 };
const NOBODY = '127.0.0.1:1';
const echo = (socket: Socket) => void socket.pipe(socket);

describe.each([
  ['01-handshake-terminate', echo],
  ['02-http-get', httpTarget],
  ['03-upload-echo-20000', echo],
  ['04-four-connections', echo],
  ['05-refused-target', undefined],
  ['06-half-close', answerAtEnd],
  ['08-duplicates-and-reordering', echo],
  ['09-old-client-nop', echo],
  ['10-idle-timeout', echo],
] as const)('where the recorded client of %s says what it said', (name, target) => {
  it('the agent answers as the recorded one did', async () => {
    const { far, probe } = await open(name, target);
    const wanted = agentMessages(name);
    let heard: Message[] = [];
    const passed = new Set<string>();
    for (const { frame, from, isLost, n } of readRecording(name)) {
      const message = frame === undefined ? undefined : readMessage(frame);
      if (frame === undefined || message === undefined || isLost || passed.has(`${from} ${n}`)) continue;
      passed.add(`${from} ${n}`);
      if (from === 'agent') heard = [...heard, message];
      if (from !== 'client' || message.type !== 'input_stream_data') continue;
      // What the recorded client had heard before it said this, this one waits for too.
      await expect.poll(() => lacks(probe.agentSaid(), heard), POLL).toBe(false);
      probe.raw(frame);
    }
    await expect.poll(() => progressOf(probe.agentSaid()), POLL).toEqual(progressOf(wanted));
    expect(others(probe.agentSaid())).toEqual(others(wanted));
    expect(streamsOf(probe.agentSaid())).toEqual(streamsOf(wanted));
    const sent = clientFrames(name).map((frame) => readMessage(frame));
    await expect
      .poll(() => acknowledgedIn(probe), POLL)
      .toEqual(sent.map((one) => `${one?.sequence} ${one?.id}`));
    for (const { payload } of probe.agentSaid()) expect(payload.length).toBeLessThanOrEqual(1024);
    const state = name === '10-idle-timeout' ? 'Connected' : 'Terminated';
    await expect.poll(() => far.sessions()[0]?.state, POLL).toBe(state);
  });
});

it('resends what a cut took the way the recorded agent did: new data first, then one message each 100 ms', async () => {
  const name = '07-cut-and-resume';
  const { probe } = await open(name, (socket) => {
    socket.once('data', () => socket.end(knownBytes(40_000)));
  });
  const lost = [17, 18, 19];
  probe.acks(({ sequence }) => !lost.includes(sequence));
  await begin(probe, name);
  await expect.poll(() => probe.came.some(({ sequence }) => sequence === 19), POLL).toBe(true);
  await probe.cut();
  const before = probe.came.length;
  const saidBefore = probe.agentSaid().at(-1)?.sequence ?? 0;
  // Long enough for an agent that went on reading to be through with all of it.
  await new Promise((resolve) => setTimeout(resolve, 150));
  probe.acks(() => true);
  await probe.resume();
  const total = agentMessages(name).length;
  await expect.poll(() => probe.agentSaid().length, POLL).toBe(total);
  await expect
    .poll(() => dataAfter(probe, before).filter((one) => lost.includes(one.sequence)).length, POLL)
    .toBe(3);
  const after = dataAfter(probe, before);
  expect(after[0]?.sequence).toBeGreaterThan(saidBefore);
  const resent = after.filter(({ sequence }) => sequence <= saidBefore);
  expect(resent.map(({ sequence }) => sequence).slice(0, 3)).toEqual(lost);
  expect(probe.bytesOf(3)).toEqual(knownBytes(40_000));
});

it('resends for ever a message that is never acknowledged, and nothing behind it', async () => {
  const { probe } = await open('13-cut-lost-ack', (socket) => {
    socket.once('data', () => socket.end(knownBytes(8000)));
  });
  probe.acks(({ sequence }) => sequence !== 5 && sequence !== 6);
  await begin(probe, '13-cut-lost-ack');
  const times = (sequence: number) =>
    probe.came.filter((one) => one.type === 'output_stream_data' && one.sequence === sequence).length;
  await expect.poll(() => times(5), POLL).toBeGreaterThanOrEqual(4);
  expect(times(6)).toBe(1);
  const [first, second] = probe.came.filter(
    ({ type, sequence }) => type === 'output_stream_data' && sequence === 5,
  );
  expect(second).toEqual(first);
});

it('speaks the basic form as the recorded agent did', async () => {
  const name = '11-ssh-document-basic';
  const { far, probe } = await open(name, closeAfter(3000));
  await begin(probe, name, 4);
  const data = (messages: readonly Message[]) =>
    Buffer.concat(messages.flatMap(({ payloadType, payload }) => (payloadType === 1 ? payload : [])));
  await expect.poll(() => data(probe.agentSaid()).length, POLL).toBe(3000);
  expect(data(probe.agentSaid()).equals(data(agentMessages(name)))).toBe(true);
  expect(others(probe.agentSaid())).toEqual(others(agentMessages(name)));
  await expect.poll(() => far.sessions()[0]?.state, POLL).toBe('Terminated');
  expect(probe.came.at(-1)?.type).toBe('channel_closed');
});

async function open(name: string, target: ((socket: Socket) => void) | undefined) {
  const { document, parameters } = readScenario(name);
  const server = await startServer(0, '127.0.0.1', target ?? echo);
  onTestFinished(server.close);
  const place = target === undefined ? NOBODY : `127.0.0.1:${server.port}`;
  const hosts = { [`localhost:${parameters.portNumber?.[0]}`]: place };
  const instances = [{ id: 'i-0123456789abcdef0', agentVersion: '3.3.0.0' }];
  const far = await startSsm({ instances, hosts });
  onTestFinished(far.close);
  const probe = await openProbe(far.url, { document, parameters, answers: false });
  return { far, probe };
}

/** Says what the recorded client said until its target began to send. */
async function begin(probe: Probe, name: string, count = 3): Promise<void> {
  const [answer, ...frames] = clientFrames(name).slice(0, count);
  await expect.poll(() => probe.agentSaid().length, POLL).toBe(1);
  probe.raw(answer ?? Buffer.alloc(0));
  await expect.poll(() => probe.agentSaid().length, POLL).toBe(2);
  for (const frame of frames) probe.raw(frame);
}

function dataAfter({ came }: Probe, count: number): readonly Message[] {
  return came.slice(count).filter(({ type }) => type === 'output_stream_data');
}

function httpTarget(socket: Socket) {
  const reply = readScenario('02-http-get').connections[0]?.target?.sent.hex ?? '';
  socket.once('data', () => socket.end(Buffer.from(reply, 'hex')));
}

function closeAfter(bytes: number) {
  return (socket: Socket) => {
    let seen = 0;
    socket.on('data', (piece) => {
      seen += piece.length;
      socket.write(piece);
      if (seen === bytes) socket.end();
    });
  };
}

function answerAtEnd(socket: Socket) {
  let bytes = 0;
  socket.on('data', (piece) => {
    bytes += piece.length;
  });
  socket.on('end', () => socket.end(`got ${bytes}\n`));
}

/** What the agent said in a recording, each message once, in its order. */
function agentMessages(name: string): readonly Message[] {
  const messages = new Map<number, Message>();
  for (const { from, frame } of readRecording(name)) {
    const message = frame === undefined ? undefined : readMessage(frame);
    if (from === 'agent' && message?.type === 'output_stream_data') messages.set(message.sequence, message);
  }
  return [...messages.values()].sort((a, b) => a.sequence - b.sequence);
}

function clientFrames(name: string): readonly Buffer[] {
  const frames = new Map<number, Buffer>();
  for (const { from, frame } of readRecording(name)) {
    const message = frame === undefined ? undefined : readMessage(frame);
    if (from === 'client' && frame !== undefined && message?.type === 'input_stream_data')
      frames.set(message.sequence, frame);
  }
  return [...frames].sort(([a], [b]) => a - b).map(([, frame]) => frame);
}

/** How far a side is: sizes of messages depend on the moment, the bytes in the streams do not. */
function progressOf(messages: readonly Message[]) {
  const frames = readSmux(withoutHoles(messages));
  return {
    others: others(messages).length,
    bytes: frames.reduce((sum, { data }) => sum + data.length, 0),
    ends: frames.filter(({ command }) => command === 1).length,
  };
}

/** Tells whether a side is not as far yet as the other was. */
function lacks(messages: readonly Message[], wanted: readonly Message[]): boolean {
  const [is, should] = [progressOf(messages), progressOf(wanted)];
  return is.others < should.others || is.bytes < should.bytes || is.ends < should.ends;
}

/** Messages that are no data, with what differs each time made equal. */
function others(messages: readonly Message[]) {
  return messages
    .filter(({ type, payloadType }) => type === 'output_stream_data' && payloadType !== 1)
    .map(({ payloadType, flags, payload }) => ({
      payloadType,
      flags,
      payload: payload.toString('latin1').replace(/(?<="HandshakeTimeToComplete":)\d+/, '1'),
    }));
}

/** What came of each stream, and the order in which they ended. */
function streamsOf(messages: readonly Message[]) {
  const bytes: Record<number, string> = {};
  const ended: number[] = [];
  for (const { command, stream, data } of readSmux(messages)) {
    if (command === 2) bytes[stream] = (bytes[stream] ?? '') + data.toString('hex');
    // When a keepalive comes is a matter of time, not of what the client says.
    else if (command === 1) ended.push(stream);
  }
  return { bytes, ended };
}

/** Each message once, up to the first that is missing. */
function withoutHoles(messages: readonly Message[]): readonly Message[] {
  const said = messages.filter(({ type }) => type === 'output_stream_data');
  const bySequence = new Map(said.map((one) => [one.sequence, one]));
  const found: Message[] = [];
  for (let next = bySequence.get(0); next !== undefined; next = bySequence.get(found.length))
    found.push(next);
  return found;
}

/** Which messages the agent has acknowledged, each once, in order. */
function acknowledgedIn({ came }: Probe): readonly string[] {
  const acks = came
    .filter(({ type }) => type === 'acknowledge')
    .map(({ payload }) => JSON.parse(String(payload)));
  for (const one of acks)
    expect(one).toMatchObject({ AcknowledgedMessageType: 'input_stream_data', IsSequentialMessage: true });
  const named = acks.map((one) => `${one.AcknowledgedMessageSequenceNumber} ${one.AcknowledgedMessageId}`);
  return [...new Set(named)].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}
