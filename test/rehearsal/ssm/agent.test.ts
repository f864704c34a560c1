import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { writeMessage } from '../../../src/rehearsal/ssm/message.ts';
import type { RehearsedInstance } from '../../../src/rehearsal/ssm/options.ts';
import { type Probe, readSmux, smux } from '../../support/ssm-probe.ts';
import { ackedIn, closedWith, openFarStage, SOON, settled, shaken } from './far-stage.ts';

const BASTION = 'i-0123456789abcdef0';
const REMOTE = 'AWS-StartPortForwardingSessionToRemoteHost';
const MIB = 1024 * 1024;
const toHost = (host: string, portNumber = '80') => ({
  document: REMOTE,
  parameters: { host: [host], portNumber: [portNumber] },
});
const agent = (instance: Partial<RehearsedInstance>) => ({ instances: [{ id: BASTION, ...instance }] });

it('acknowledges what comes before its handshake is complete, and throws it away', async () => {
  const { probe, target } = await openFarStage({}, { answers: false });
  await expect.poll(() => probe.agentSaid().length, SOON).toBe(1);
  const answer = '{"ClientVersion":"1.2.677.0","ProcessedClientActions":[]}';
  probe.raw(writeMessage({ type: 'input_stream_data', sequence: 1, payloadType: 6, payload: answer }));
  probe.frames(smux(0, 3), smux(2, 3, 'lost'));
  await shaken(probe);
  probe.raw(writeMessage({ type: 'input_stream_data', sequence: 2, payloadType: 1, payload: smux(0, 5) }));
  await expect.poll(() => target.open(), SOON).toBe(1);
  expect(ackedIn(probe)).toEqual([1, 0, 2]);
  expect(target.received()).toBe(0);
});

it('takes a message once and acknowledges it as often as it comes, early or late', async () => {
  const { probe } = await openFarStage();
  await shaken(probe);
  const message = (sequence: number, payload: Buffer) =>
    writeMessage({ type: 'input_stream_data', sequence, payloadType: 1, payload });
  const [first, second, third] = [
    message(1, smux(0, 3)),
    message(2, smux(2, 3, 'a')),
    message(3, smux(2, 3, 'b')),
  ];
  for (const one of [third, third, second, first, first, second, third]) probe.raw(one);
  await expect.poll(() => ackedIn(probe), SOON).toEqual([0, 3, 3, 2, 1, 1, 2, 3]);
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('ab');
});

it('takes nothing while its port plugin is not ready, and does not acknowledge it', async () => {
  const { probe, target } = await openFarStage({ agent: { notReadyMs: 150 } });
  await shaken(probe);
  const open = writeMessage({ type: 'input_stream_data', sequence: 1, payloadType: 1, payload: smux(0, 3) });
  probe.raw(open);
  probe.ping();
  await expect.poll(() => probe.pongs(), SOON).toBe(1);
  expect(ackedIn(probe)).toEqual([0]);
  await expect
    .poll(() => {
      probe.raw(open);
      return target.open();
    }, SOON)
    .toBe(1);
  expect(ackedIn(probe)).toContain(1);
});

it('sends HandshakeComplete before the acknowledgement, when it is told to', async () => {
  for (const completesBeforeAck of [true, false]) {
    const { probe } = await openFarStage({ agent: { completesBeforeAck } });
    await shaken(probe);
    await expect.poll(() => ackedIn(probe), SOON).toEqual([0]);
    const complete = probe.came.findIndex(({ payloadType }) => payloadType === 7);
    const acknowledged = probe.came.findIndex(({ type }) => type === 'acknowledge');
    expect(complete < acknowledged).toBe(completesBeforeAck);
  }
});

it('says nothing at all when it is mute', async () => {
  const { probe, far } = await openFarStage({ agent: { isMute: true } });
  probe.ping();
  await expect.poll(() => probe.pongs(), SOON).toBe(1);
  expect(probe.came.map(({ type }) => type)).toEqual(['start_publication']);
  expect(far.sessions()).toMatchObject([{ state: 'Connected' }]);
});

it('ends the session when nobody answers its handshake', async () => {
  const { probe, far } = await openFarStage({ agent: { handshakeMs: 50 } }, { answers: false });
  expect(await closedWith(probe)).toContain('Handshake timed out');
  expect(far.sessions()).toMatchObject([{ state: 'Terminated', endedBy: 'agent' }]);
});

it('asks for encryption, and ends the session of a client that cannot', async () => {
  const { probe } = await openFarStage({ agent: { kmsKeyId: 'arn:aws:kms:key' } }, { answers: false });
  await expect.poll(() => probe.agentSaid().length, SOON).toBe(1);
  expect(JSON.parse(String(probe.agentSaid()[0]?.payload)).RequestedClientActions).toMatchObject([
    { ActionType: 'SessionType' },
    { ActionType: 'KMSEncryption', ActionParameters: { KMSKeyId: 'arn:aws:kms:key' } },
  ]);
  const action = { ActionType: 'KMSEncryption', ActionStatus: 2, ActionResult: null, Error: 'no KMS here' };
  probe.send(6, JSON.stringify({ ClientVersion: '1.2.677.0', ProcessedClientActions: [action] }));
  expect(await closedWith(probe)).toContain('no KMS here');
});

it('tells the words of the administrator', async () => {
  const { probe } = await openFarStage({ agent: { customerMessage: 'all is recorded' } });
  await shaken(probe);
  expect(JSON.parse(String(probe.agentSaid()[1]?.payload)).CustomerMessage).toBe('all is recorded');
});

it.each([
  ['3.1.1187.0', false],
  ['3.1.1188.0', true],
  ['3.3.987.0', true],
])('at version %s knows of other hosts: %s', async (agentVersion, knows) => {
  const { probe } = await openFarStage(agent({ agentVersion }), toHost('db.internal'));
  await expect.poll(() => probe.agentSaid().length, SOON).toBeGreaterThan(0);
  const request = JSON.parse(String(probe.agentSaid()[0]?.payload));
  expect(request.AgentVersion).toBe(agentVersion);
  const { Properties } = request.RequestedClientActions[0].ActionParameters;
  expect(Properties.host).toBe(knows ? 'db.internal' : undefined);
});

it('resolves a name once a session: a later change is for the next one', async () => {
  const { probe, far, target } = await openFarStage({}, toHost('db.internal'));
  await shaken(probe);
  far.setHost('db.internal', `127.0.0.1:80`);
  probe.frames(smux(0, 3));
  await expect.poll(() => probe.closed(), SOON).toEqual([3]);
  expect(target.open()).toBe(0);
  expect(far.sessions()).toMatchObject([{ state: 'Connected', streams: 0 }]);
});

it('ends a session to an address that nobody may go to, once the handshake is through', async () => {
  const { probe } = await openFarStage({}, toHost('169.254.169.254'));
  await shaken(probe);
  expect(await closedWith(probe)).toBe('Forwarding to IP address 169.254.169.254 is forbidden.');
});

it('refuses one connection while others go on', async () => {
  const { probe, far } = await openFarStage();
  await shaken(probe);
  probe.frames(smux(0, 3), smux(2, 3, 'a'));
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('a');
  far.setTargetsRefused(true);
  probe.frames(smux(0, 5), smux(2, 5, 'b'));
  await expect.poll(() => probe.closed(), SOON).toEqual([5]);
  expect(probe.agentSaid().filter(({ payloadType }) => payloadType === 10)).toHaveLength(1);
  probe.frames(smux(2, 3, 'c'));
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('ac');
});

it('takes 4 MiB for a target that does not read, then stops reading altogether, and goes on with it', async () => {
  let stalled: Socket | undefined;
  const { probe, far, target } = await openFarStage({}, {}, (socket) => {
    if (stalled === undefined) {
      stalled = socket;
      socket.pause();
    } else socket.pipe(socket);
  });
  await shaken(probe);
  probe.frames(smux(0, 3));
  await expect.poll(() => target.open(), SOON).toBe(1);
  const total = 16 * MIB;
  for (let sent = 0; sent < total; sent += 32_768) probe.frames(smux(2, 3, Buffer.alloc(32_768)));
  const last = total / 32_768 + 1;
  probe.frames(smux(0, 5), smux(2, 5, 'behind it'));
  const taken = () => ackedIn(probe).length * 32_768;
  await expect.poll(taken, SOON).toBeGreaterThan(4 * MIB);
  const acknowledged = await settled(taken);
  expect(acknowledged).toBeLessThan(14 * MIB);
  expect(String(probe.bytesOf(5))).toBe('');
  stalled?.resume();
  await expect.poll(() => String(probe.bytesOf(5)), SOON).toBe('behind it');
  expect(ackedIn(probe)).toContain(last);
  expect(far.sessions()).toMatchObject([{ bytesUp: total + 'behind it'.length, streams: 2 }]);
});

it('sends no more than a client takes', async () => {
  let written = 0;
  const chunk = Buffer.alloc(65_536);
  const { probe } = await openFarStage({ agent: { pace: 'none' } }, {}, (socket) => {
    const more = () => {
      for (let takes = true; takes && written < 64 * MIB; written += chunk.length)
        takes = socket.write(chunk);
    };
    socket.on('drain', more);
    more();
  });
  await shaken(probe);
  probe.frames(smux(0, 3));
  await expect.poll(() => probe.bytesOf(3).length, SOON).toBeGreaterThan(0);
  probe.setReading(false);
  const before = await settled(() => written);
  expect(before).toBeLessThan(64 * MIB);
  probe.setReading(true);
  await expect.poll(() => written, SOON).toBeGreaterThan(before);
});

it('ends the session of a client that speaks no smux', async () => {
  const { probe, target } = await openFarStage();
  await shaken(probe);
  probe.frames(smux(0, 3));
  await expect.poll(() => target.open(), SOON).toBe(1);
  probe.frames(Buffer.from([2, 4, 0, 0, 0, 0, 0, 0]));
  await closedWith(probe);
  await expect.poll(() => target.open(), SOON).toBe(0);
});

it('paces itself as the official agent does: 1024 bytes, then a sleep', async () => {
  const serve = (socket: Socket) => void socket.once('data', () => socket.end(Buffer.alloc(200_000)));
  const time = async (pace: 'official' | 'none') => {
    const { probe } = await openFarStage({ agent: { pace } }, {}, serve);
    await shaken(probe);
    const start = performance.now();
    probe.frames(smux(0, 3), smux(2, 3, 'go'));
    await expect.poll(() => probe.closed(), { ...SOON, interval: 10 }).toEqual([3]);
    expect(probe.bytesOf(3)).toHaveLength(200_000);
    return performance.now() - start;
  };
  const official = await time('official');
  expect(official).toBeGreaterThan(195);
  expect(await time('none')).toBeLessThan(official);
});

it.each([
  ['1.2.0.0', 'before'],
  ['1.2.677.0', 'never'],
])(
  'sends keepalives to a client of version %s: %s it is silent for too long',
  async (clientVersion, when) => {
    const { probe, far } = await openFarStage(
      { agent: { keepalive: { everyMs: 20, patienceMs: 150 } } },
      { clientVersion },
    );
    await shaken(probe);
    const keepalives = () => readSmux(probe.agentSaid()).filter(({ command }) => command === 3).length;
    if (when === 'never') {
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect([keepalives(), far.sessions()[0]?.state]).toEqual([0, 'Connected']);
      return;
    }
    await closedWith(probe);
    expect(keepalives()).toBeGreaterThan(0);
    expect(far.sessions()).toMatchObject([{ state: 'Terminated', endedBy: 'agent' }]);
  },
);

describe('the basic form', () => {
  const BASIC = { document: 'AWS-StartSSHSession', parameters: { portNumber: ['80'] } };

  it('sends what the target sent before it ended, and ends the session with it', async () => {
    const { probe } = await openFarStage({}, BASIC, (socket) => {
      socket.once('data', (piece) => socket.end(Buffer.concat([piece, Buffer.alloc(5000, 'x')])));
    });
    await shaken(probe);
    probe.send(1, 'go');
    expect(await closedWith(probe)).toBe('');
    expect(dataIn(probe)).toBe(`go${'x'.repeat(5000)}`);
  });

  it('dials at once, and ends the session when nobody is there', async () => {
    const { probe } = await openFarStage({ hosts: { 'localhost:80': '127.0.0.1:1' } }, BASIC);
    expect(await closedWith(probe)).toContain('Unable to connect to specified port');
  });

  it('dials again after a client of before smux has disconnected', async () => {
    const { probe, target } = await openFarStage({}, { clientVersion: '1.1.69.0' });
    await shaken(probe);
    probe.send(1, 'one');
    await expect.poll(() => dataIn(probe), SOON).toBe('one');
    probe.send(10, Buffer.from([0, 0, 0, 1]));
    await expect.poll(() => target.open(), SOON).toBe(0);
    probe.send(1, 'two');
    await expect.poll(() => dataIn(probe), SOON).toBe('onetwo');
  });
});

function dataIn(probe: Probe): string {
  const data = probe.agentSaid().filter(({ payloadType }) => payloadType === 1);
  return String(Buffer.concat(data.map(({ payload }) => payload)));
}
