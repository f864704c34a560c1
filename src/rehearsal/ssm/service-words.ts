import { randomUUID } from 'node:crypto';
import { wallClock } from './clock.ts';
import { writeMessage } from './message.ts';
import type { SessionWish } from './session.ts';

/** Writes that the other end is there, or away. */
export function publication(type: 'start_publication' | 'pause_publication'): Buffer {
  return writeMessage({ type, payload: '{}' });
}

/** Writes that the session is over, and why. */
export function channelClosed(wish: SessionWish, output: string): Buffer {
  return writeMessage({
    type: 'channel_closed',
    payload: JSON.stringify({
      MessageId: randomUUID(),
      CreatedDate: new Date(wallClock()).toISOString(),
      DestinationId: wish.target,
      SessionId: wish.id,
      MessageType: 'channel_closed',
      SchemaVersion: 1,
      Output: output,
    }),
  });
}
