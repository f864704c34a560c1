/** What a `channel_closed` message tells: the session is over for good. */
export interface ChannelClosed {
  /** The reason in the words of the agent or the service, as they came; empty where they say nothing. */
  readonly output: string;
  /** The session that it is about; empty where it does not say. */
  readonly sessionId: string;
}

/** Reads the payload of a `channel_closed` message. One that cannot be read still is the end, without a reason. */
export function readChannelClosed(payload: Buffer): ChannelClosed {
  const told = parseObject(payload.toString('utf8'));
  return { output: textIn(told, 'Output'), sessionId: textIn(told, 'SessionId') };
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // Not JSON: the type of the message has said all that matters.
  }
}

function textIn(told: object, key: string): string {
  const value: unknown = Reflect.get(told, key);
  return typeof value === 'string' ? value : '';
}
