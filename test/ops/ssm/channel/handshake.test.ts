import { describe, expect, it } from 'vitest';
import { answerHandshake, readCustomerMessage } from '../../../../src/ops/ssm/channel/handshake.ts';
import { isAtLeast } from '../../../../src/ops/ssm/message/version.ts';

const PROPERTIES = {
  portNumber: '4200',
  localPortNumber: '0',
  type: 'LocalPortForwarding',
  host: 'db.internal',
};
const port = (properties: object = PROPERTIES) => ({
  ActionType: 'SessionType',
  ActionParameters: { SessionType: 'Port', Properties: properties },
});
const answer = (request: unknown, host: string | undefined = 'db.internal') => {
  const answered = answerHandshake(Buffer.from(JSON.stringify(request)), { host, instance: 'i-0abc' });
  const response: unknown = answered && JSON.parse(answered.response);
  return { ...answered, response };
};
const from = (version: string, ...actions: object[]) => ({
  AgentVersion: version,
  RequestedClientActions: actions,
});

it('answers the request of an agent as the official client does', () => {
  const answered = answerHandshake(Buffer.from(JSON.stringify(from('3.3.987.0', port()))), {
    host: 'db.internal',
    instance: 'i-0abc',
  });
  expect(answered).toEqual({
    agentVersion: '3.3.987.0',
    failure: undefined,
    response:
      '{"ClientVersion":"1.2.677.0","ProcessedClientActions":[{"ActionType":"SessionType","ActionStatus":1,"ActionResult":null,"Error":""}],"Errors":null}',
  });
});

describe('says that there can be no session with an agent', () => {
  const { host: _, ...local } = PROPERTIES;
  it.each([
    ['that is too old for remote hosts', from('3.1.1187.0', port()), 'agent-too-old', 2],
    ['that tells no version', from('', port()), 'agent-too-old', 2],
    ['that was not told the remote host', from('3.3.987.0', port(local)), 'ssm-failed', 2],
    [
      'that opens a shell',
      from('3.3.987.0', { ...port(), ActionParameters: { SessionType: 'Standard_Stream' } }),
      'ssm-failed',
      2,
    ],
    ['that carries one connection only', from('3.3.987.0', port({ portNumber: '22' })), 'ssm-failed', 2],
    ['that asks for what nobody knows', from('3.3.987.0', port(), { ActionType: 'Dance' }), 'ssm-failed', 3],
    [
      'that asks for KMS',
      from('3.3.987.0', port(), { ActionType: 'KMSEncryption', ActionParameters: { KMSKeyId: 'arn' } }),
      'agent-wants-kms',
      2,
    ],
  ])('%s, and tells it so', (_what, request, code, status) => {
    const { failure, response } = answer(request);
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify(response)).toContain(`"ActionStatus":${status}`);
    expect(JSON.stringify(response)).toContain(JSON.stringify(failure?.message));
  });

  it('that opens a session of no type', () => {
    expect(answer(from('3.3.987.0')).failure).toMatchObject({ code: 'ssm-failed' });
  });
});

it('wants no more of an agent than it needs for a port of the instance itself', () => {
  const { host: _, ...local } = PROPERTIES;
  expect(
    answerHandshake(Buffer.from(JSON.stringify(from('3.0.196.1', port(local)))), EXPECT_LOCAL),
  ).toMatchObject({
    failure: undefined,
  });
  expect(
    answerHandshake(Buffer.from(JSON.stringify(from('3.0.196.0', port(local)))), EXPECT_LOCAL),
  ).toMatchObject({
    failure: { code: 'agent-too-old' },
  });
});
const EXPECT_LOCAL = { host: undefined, instance: 'i-0abc' };

it.each(['', 'nothing', '7', 'null', '[]', '{}', '{"RequestedClientActions":7}'])(
  'takes %j for no request',
  (text) => {
    expect(answerHandshake(Buffer.from(text), EXPECT_LOCAL)).toBeUndefined();
  },
);

it('answers a request whose actions are nonsense, without falling over it', () => {
  const { failure, response } = answer({
    AgentVersion: 7,
    RequestedClientActions: [null, 7, {}, { ActionType: [] }],
  });
  expect(failure).toMatchObject({ code: 'ssm-failed' });
  expect(JSON.stringify(response).match(/"ActionStatus":3/g)).toHaveLength(4);
});

it('reads the words for whoever opens a session, and makes them safe to print', () => {
  const say = (text: unknown) => readCustomerMessage(Buffer.from(JSON.stringify({ CustomerMessage: text })));
  expect(say(' Authorised use only\u001b[2J ')).toBe('Authorised use only\\x1b[2J');
  expect(say('')).toBe('');
  expect(say(7)).toBe('');
  expect(readCustomerMessage(Buffer.from('nothing'))).toBe('');
});

it.each([
  ['3.1.1188.0', '3.1.1188.0', true],
  ['3.1.1188', '3.1.1188.0', true],
  ['3.1.999.0', '3.1.1188.0', false],
  ['3.10.0.0', '3.9.99.0', true],
  ['4', '3.1.1188.0', true],
  ['3', '3.1.1188.0', false],
  ['', '0', false],
  ['3.1.x', '0', false],
  ['-4.0.0.0', '3.0.0.0', false],
])('version %s against %s: %s', (version, wanted, expected) => {
  expect(isAtLeast(version, wanted)).toBe(expected);
});
