import { randomUUID } from 'node:crypto';

/**
 * Version of AWS's own client whose ways this one keeps: four parts, and above 1.2.331.0, or the agent sends keepalives
 * of its own and ends sessions that are idle.
 */
export const CLIENT_VERSION = '1.2.677.0';

/** Makes the first frame on a websocket: text, and the only one that holds the token. `clientId` stays the same for all. */
export function makeOpenFrame(token: string, clientId: string): string {
  return JSON.stringify({
    MessageSchemaVersion: '1.0',
    RequestId: randomUUID(),
    TokenValue: token,
    ClientId: clientId,
    ClientVersion: CLIENT_VERSION,
  });
}
