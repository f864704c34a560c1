import { expect, it } from 'vitest';
import { explainClosed } from '../../../../src/ops/ssm/channel/closed-reason.ts';
import { explainClose, explainSocketError } from '../../../../src/ops/ssm/channel/socket-end.ts';

it.each([
  [
    'Forwarding to IP address 169.254.169.254 is forbidden.',
    'remote-forbidden',
    'the SSM agent does not forward to 169.254.169.254',
  ],
  [
    'Your session timed out due to inactivity.',
    'session-idle',
    'SSM ended the session that nobody used: "Your session timed out due to inactivity"',
  ],
  [
    'Handshake timed out. Please ensure that you have the latest version.',
    'ssm-failed',
    'SSM ended the session: "Handshake timed out. Please ensure that you have the latest version"',
  ],
  ['', 'ssm-failed', 'SSM ended the session and did not say why'],
  [' \n', 'ssm-failed', 'SSM ended the session and did not say why'],
  ['\u001b[31mred\r\nalert', 'ssm-failed', 'SSM ended the session: "\\x1b[31mred alert"'],
  ['x'.repeat(10_000), 'ssm-failed', `SSM ended the session: "${'x'.repeat(300)}"`],
])('the end of a session that says %j is told', (output, code, message) => {
  expect(explainClosed(output)).toMatchObject({ code, message });
});

it('a goodbye of the service is told with its code, and a broken connection as such', () => {
  expect(explainClose(1000, 'Bye').message).toBe('socket closed by SSM (1000 "Bye")');
  expect(explainClose(1001, '').message).toBe('socket closed by SSM (1001)');
  expect(explainClose(1006, '')).toMatchObject({ code: 'aws-unreachable' });
});

it('an answer of the service to a websocket is no trouble of the network', () => {
  const url = new URL('wss://ssmmessages.eu-west-1.amazonaws.com/v1');
  expect(explainSocketError(new Error('Unexpected server response: 403'), url)).toMatchObject({
    code: 'ssm-failed',
    message: 'ssmmessages.eu-west-1.amazonaws.com answered 403 to the websocket',
  });
  expect(explainSocketError(new Error('connect ECONNREFUSED 127.0.0.1:1'), url)).toMatchObject({
    code: 'aws-unreachable',
  });
});
