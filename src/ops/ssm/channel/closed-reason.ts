import { HotpassError } from '../../../errors.ts';
import { printable } from '../../../printable.ts';

const FORBIDDEN = /Forwarding to IP address (\S+) is forbidden/i;
const IDLE = /inactiv|\bidle\b/i;
/** Words of the far side that are passed on, at most. */
const MAX_WORDS = 300;

/**
 * Says why the far side ended a session, from the `Output` of its channel_closed: `remote-forbidden`, `session-idle`
 * or `ssm-failed`.
 */
export function explainClosed(output: string): HotpassError {
  const words = printable(output.trim().replace(/\s+/g, ' ')).slice(0, MAX_WORDS).replace(/\.$/, '');
  const [, address] = FORBIDDEN.exec(words) ?? [];
  if (address !== undefined) {
    return new HotpassError('remote-forbidden', `the SSM agent does not forward to ${address}`, {
      hint: 'AWS shuts out its own addresses (169.254.*, the first and last of a network): name another host',
    });
  }
  if (IDLE.test(words)) {
    return new HotpassError('session-idle', `SSM ended the session that nobody used: "${words}"`, {
      hint: 'the idle time-out is set in the Session Manager preferences of the account',
    });
  }
  if (words === '') return new HotpassError('ssm-failed', 'SSM ended the session and did not say why');
  return new HotpassError('ssm-failed', `SSM ended the session: "${words}"`);
}
