import { expect } from 'vitest';
import { converse } from '../../src/ops/ssm/channel/conversation.ts';
import { encodeMessage } from '../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE, PAYLOAD_TYPE } from '../../src/ops/ssm/message/protocol.ts';
import { createRandom } from './random.ts';
import { framesIn } from './ssm-recording.ts';

const PIECES_OF_JSON = [
  'null',
  '[]',
  '""',
  '{"RequestedClientActions":[]}',
  '{"RequestedClientActions":{}}',
  '{"AgentVersion":{},"RequestedClientActions":[null,1,"x",[],{}]}',
  '{"AgentVersion":"9.9.9.9","RequestedClientActions":[{"ActionType":"SessionType"}]}',
  '{"AgentVersion":"9.9.9.9","RequestedClientActions":[{"ActionType":"KMSEncryption","ActionParameters":7}]}',
  `{"RequestedClientActions":[${'{"ActionType":"\\u0007\\u001b[2J"},'.repeat(50)}{}]}`,
  '{"AgentVersion":"3.3.0.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":{"SessionType":"Port","Properties":{"type":"LocalPortForwarding","host":7}}}]}',
  '{"HandshakeTimeToComplete":"x","CustomerMessage":["\\u001b]0;x"]}',
  '{"CustomerMessage":"hello"}',
];
const ODD = [0, 1, 2, 3, 4, 5, 7, 255, 256, 1024, 32_768, 65_535, 2 ** 31, 2 ** 32 - 1];
const GREETING = framesIn('03-upload-echo-20000', 'client').slice(0, 4);

/**
 * Plays agents that say well-formed messages of ill-formed contents to the whole conversation, with streams open in it,
 * and checks that none throws, floods or makes it forget its bounds.
 */
export function attackConversation(agents: number, saysEach: number, seed: number): void {
  const random = createRandom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const one = (all: readonly number[]) => all[below(all.length)] ?? 0;
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  // What cannot be read ends a session: it must be rare, or nobody gets far.
  const isRare = () => random() < 0.003;
  const smuxFrame = () => {
    const command = isRare() ? below(256) : below(4);
    const length = command !== 2 && !isRare() ? 0 : random() < 0.9 ? below(300) : one(ODD) % 65_536;
    const head = Buffer.from([isRare() ? below(4) : 1, command, 0, 0, 0, 0, 0, 0]);
    head.writeUInt16LE(length, 2);
    head.writeUInt32LE(random() < 0.7 ? 3 + 2 * below(6) : one(ODD), 4);
    return Buffer.concat([head, Buffer.alloc(isRare() ? below(length + 1) : length, 'd')]);
  };
  const payloadOf = (type: number) => {
    if (type === PAYLOAD_TYPE.output && !isRare()) return Buffer.concat([smuxFrame(), smuxFrame()]);
    if (type === PAYLOAD_TYPE.flag)
      return random() < 0.8 ? Buffer.from([0, 0, 0, below(5)]) : noise(below(9));
    return random() < 0.5
      ? Buffer.from(PIECES_OF_JSON[below(PIECES_OF_JSON.length)] ?? '')
      : noise(below(60));
  };
  const TYPES = [1, 1, 1, 1, 1, 1, 5, 6, 7, 10, 10, 2, 8, 11];
  const facts = { opened: 0, sent: 0, nonsense: 0, refusals: 0 };

  for (let agent = 0; agent < agents; agent += 1) {
    let isOver = false;
    const talk = converse(
      { now: () => new Date(), monotonic: () => performance.now(), sleep: async () => {} },
      {
        expected: { host: undefined, instance: 'i-0123456789abcdef0' },
        onRefusal: () => {
          facts.refusals += 1;
        },
        onMessage: (text) => expect(text).not.toMatch(/[\u0000-\u001f]/),
        onBudget: () => {},
        onOver: () => {
          isOver = true;
        },
        onNonsense: () => {
          isOver = true;
          facts.nonsense += 1;
        },
      },
    );
    talk.attach({
      send: () => {
        facts.sent += 1;
      },
      unsent: () => 0,
      hold: () => {},
      heardAgoMs: () => 0,
      answers: async () => true,
      lose: () => {},
      cut: () => {},
    });
    let sequence = 0;
    if (random() < 0.9) {
      for (const frame of GREETING) talk.take(frame);
      sequence = 2;
    }
    for (let said = 0; said < saysEach && !isOver; said += 1) {
      if (said % 20 === 0) {
        const stream = talk.smux.open();
        stream.on('error', () => {});
        if (random() < 0.8) stream.resume();
        stream.write('hello');
        if (random() < 0.3) stream.end();
        if (random() < 0.1) stream.destroy();
        facts.opened += 1;
      }
      const payloadType = one(TYPES);
      talk.take(
        encodeMessage({
          type: MESSAGE_TYPE.output,
          createdAt: 1,
          sequence: random() < 0.95 ? sequence++ : sequence + below(5),
          flags: 0,
          id: '00112233-4455-4677-8899-aabbccddeeff',
          payloadType,
          payload: payloadOf(payloadType),
        }),
      );
    }
    talk.detach();
  }
  const said = agents * saysEach;
  expect(facts.opened).toBeGreaterThan(agents);
  expect(facts.nonsense).toBeGreaterThan(0);
  expect(facts.refusals).toBeGreaterThan(0);
  // An acknowledgement for each message, and a little of our own.
  expect(facts.sent).toBeLessThan(said * 2);
}
