import { listAt, member, parseJson, textAt } from './json.ts';

/** What an agent says of itself and of the session. */
export interface HandshakeRequest {
  readonly agentVersion: string;
  readonly properties: Readonly<Record<string, string>>;
  /** Asks for encryption with this key as well. */
  readonly kmsKeyId?: string | undefined;
}

/** What a client made of it. */
export type HandshakeAnswer =
  | { readonly isAccepted: true; readonly clientVersion: string }
  | { readonly isAccepted: false; readonly why: string };

const SUCCESS = 1;
const CHALLENGE = 'Y2hhbGxlbmdlIG9mIGEgcmVoZWFyc2VkIGFnZW50';

/** Writes the request as the agent does: properties by the alphabet. */
export function writeHandshakeRequest(request: HandshakeRequest): string {
  const properties = Object.fromEntries(
    Object.entries(request.properties).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const session = {
    ActionType: 'SessionType',
    ActionParameters: { SessionType: 'Port', Properties: properties },
  };
  const kms = {
    ActionType: 'KMSEncryption',
    ActionParameters: { KMSKeyId: request.kmsKeyId, Challenge: CHALLENGE },
  };
  return JSON.stringify({
    AgentVersion: request.agentVersion,
    RequestedClientActions: request.kmsKeyId === undefined ? [session] : [session, kms],
  });
}

/** Reads the client's answer: any action that is not a success ends the session. */
export function readHandshakeAnswer(text: string): HandshakeAnswer {
  const answer = parseJson(text);
  const clientVersion = textAt(answer, 'ClientVersion');
  if (clientVersion === undefined) return { isAccepted: false, why: 'Handshake response is not readable' };
  const failed = listAt(answer, 'ProcessedClientActions').find(
    (action) => member(action, 'ActionStatus') !== SUCCESS,
  );
  if (failed === undefined) return { isAccepted: true, clientVersion };
  const action = textAt(failed, 'ActionType') ?? 'an action';
  return { isAccepted: false, why: `${action} failed on client: ${textAt(failed, 'Error') ?? ''}` };
}

/** Writes what ends the handshake. */
export function writeHandshakeComplete(tookMs: number, customerMessage: string): string {
  return JSON.stringify({
    HandshakeTimeToComplete: Math.round(tookMs * 1_000_000),
    CustomerMessage: customerMessage,
  });
}
