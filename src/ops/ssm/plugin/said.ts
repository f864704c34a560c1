/** What one line of the plugin's stdout tells. */
export type Said =
  /** It listens; it prints this just before it takes connections. */
  | { readonly kind: 'listening'; readonly port: number }
  /** The agent could not connect a stream; which one is not told. */
  | { readonly kind: 'refused' }
  /** The service ended the session, with these words. */
  | { readonly kind: 'closed'; readonly output: string }
  /** The service does not resume the session any more. */
  | { readonly kind: 'over' }
  | { readonly kind: 'failed'; readonly why: string }
  /** Words of the account's administrator, which come with nothing around them. */
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'chatter' };

const LISTENING = /^Port (\d{1,5}) opened for sessionId /;
const REFUSED = /^Connection to destination port failed/;
const CLOSED = /^SessionId: \S+ : (.*)$/;
const LEFT = /^Exiting session with sessionId: /;
const OVER = /^Session: \S+ timed out\.$/;
const FAILED = /^Cannot perform start session: (.*)$/;
const CHATTER =
  /^(Starting session with SessionId: |Waiting for connections|Connection accepted for session|Terminate signal received)/;

/**
 * Reads one line of the plugin's stdout, where it also tells its failures: its exit status is 0 either way. The words
 * are those of its source (muxportforwarding.go, streaming.go, session.go, sessionhandler.go) and of recordings.
 */
export function readSaid(line: string): Said {
  const port = LISTENING.exec(line)?.[1];
  if (port !== undefined) return { kind: 'listening', port: Number(port) };
  const output = CLOSED.exec(line)?.[1] ?? (LEFT.test(line) ? '' : undefined);
  if (output !== undefined) return { kind: 'closed', output };
  const why = FAILED.exec(line)?.[1];
  if (why !== undefined) return { kind: 'failed', why };
  if (REFUSED.test(line)) return { kind: 'refused' };
  if (OVER.test(line)) return { kind: 'over' };
  return CHATTER.test(line) ? { kind: 'chatter' } : { kind: 'message', text: line };
}
