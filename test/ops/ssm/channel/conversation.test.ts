import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { converse } from '../../../../src/ops/ssm/channel/conversation.ts';
import { encodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { MESSAGE_FLAGS, MESSAGE_TYPE, PAYLOAD_TYPE } from '../../../../src/ops/ssm/message/protocol.ts';
import { realTime } from '../../net/support.ts';

const REQUEST = JSON.stringify({ AgentVersion: '3.3.987.0', RequestedClientActions: [] });

it('answers one handshake, however many an agent asks for and acknowledges none', () => {
  const sent: Uint8Array[] = [];
  const ignore = () => undefined;
  const talk = converse(realTime, {
    expected: { host: undefined, instance: 'i-0123456789abcdef0' },
    onRefusal: ignore,
    onMessage: ignore,
    onBudget: ignore,
    onOver: ignore,
    onNonsense: ignore,
  });
  talk.attach({
    send: (frame) => sent.push(frame),
    unsent: () => 0,
    hold: ignore,
    heardAgoMs: () => 0,
    answers: async () => true,
    lose: ignore,
    cut: ignore,
  });
  for (let sequence = 0; sequence < 50; sequence += 1) {
    const id = randomUUID();
    const message = { type: MESSAGE_TYPE.output, createdAt: 1, sequence, flags: MESSAGE_FLAGS.none, id };
    const payload = Buffer.from(REQUEST);
    talk.take(encodeMessage({ ...message, payloadType: PAYLOAD_TYPE.handshakeRequest, payload }));
  }
  talk.detach();
  expect(sent.filter((frame) => Buffer.from(frame).includes('input_stream_data')).length).toBe(1);
});
