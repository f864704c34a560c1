import { HotpassError, messageOf } from '../../../errors.ts';
import { printable } from '../../../printable.ts';

/** Close code that stands for a connection that ended without a goodbye (RFC 6455, 7.4.1). */
const NO_GOODBYE = 1006;
const UNEXPECTED_ANSWER = /^Unexpected server response: (\d+)$/;

/** Says what an error of a websocket means: `ssm-failed` where the service answered, else `aws-unreachable`. */
export function explainSocketError(error: unknown, url: URL): HotpassError {
  const said = messageOf(error);
  const [, status] = UNEXPECTED_ANSWER.exec(said) ?? [];
  if (status !== undefined) {
    return new HotpassError('ssm-failed', `${url.hostname} answered ${status} to the websocket`, {
      cause: error,
    });
  }
  return new HotpassError(
    'aws-unreachable',
    `${url.hostname}: ${printable(said) || 'the connection broke'}`,
    {
      hint: 'is the network or the VPN there?',
      cause: error,
    },
  );
}

/** Says how a websocket ended. No code is the end of the session: the service closes with 1000 "Bye" every hour. */
export function explainClose(code: number, reason: string): HotpassError {
  if (code === NO_GOODBYE) return new HotpassError('aws-unreachable', 'the connection to SSM broke');
  const words = reason === '' ? '' : ` "${printable(reason)}"`;
  return new HotpassError('ssm-failed', `socket closed by SSM (${code}${words})`);
}
