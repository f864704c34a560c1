import { expect, it } from 'vitest';
import { readChannelClosed } from '../../../../src/ops/ssm/message/channel-closed.ts';
import { decodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE } from '../../../../src/ops/ssm/message/protocol.ts';
import { framesIn } from '../../../support/ssm-recording.ts';

it('the end of a session tells its reason', () => {
  const closed = framesIn('10-idle-timeout', 'client')
    .map((frame) => decodeMessage(frame))
    .find((message) => message?.type === MESSAGE_TYPE.closed);
  expect(readChannelClosed(closed?.payload ?? Buffer.alloc(0))).toEqual({
    output: 'Your session timed out due to inactivity.',
    sessionId: 'demo-28d6609bce7c37050',
  });
});

it.each(['', '{', 'null', '[]', '"text"', '{"Output":null,"SessionId":7}'])(
  '%s is an end without a reason',
  (text) => {
    expect(readChannelClosed(Buffer.from(text))).toEqual({ output: '', sessionId: '' });
  },
);
