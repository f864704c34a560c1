import { HotpassError } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import { CLIENT_VERSION } from '../message/open-frame.ts';
import { isAtLeast } from '../message/version.ts';

/** What is known of a session before its agent has spoken. */
export interface Expected {
  /** The remote host that was asked for; undefined for a port of the instance itself. */
  readonly host: string | undefined;
  readonly instance: string;
}

/** What is answered to the agent, and what comes of it. */
export interface HandshakeAnswer {
  /** JSON of the handshake response; must be sent in any case. */
  readonly response: string;
  readonly agentVersion: string;
  /** Why there can be no session with this agent. */
  readonly failure?: HotpassError | undefined;
}

/** Words of a handshake as the agent writes them; contracts of amazon-ssm-agent. */
const STATUS = { success: 1, failed: 2, unsupported: 3 } as const;
/** Since this one agents know the document for remote hosts; an older one takes its own localhost for it. */
const REMOTE_SINCE = '3.1.1188.0';
/** Since this one agents carry many connections in one session. */
const MANY_SINCE = '3.0.196.1';

interface Outcome {
  readonly status: (typeof STATUS)[keyof typeof STATUS];
  readonly failure?: HotpassError;
}

/** Decides what to answer to an agent's handshake request. Gives undefined for what is no such request. */
export function answerHandshake(payload: Buffer, expected: Expected): HandshakeAnswer | undefined {
  const request = readJson(payload);
  const actions = request?.RequestedClientActions;
  if (request === undefined || !Array.isArray(actions)) return undefined;
  const agentVersion = textOf(request.AgentVersion);
  const outcomes = actions.map((action: unknown) => {
    const type = isRecord(action) ? textOf(action.ActionType) : '';
    return { type, ...processAction(type, action, agentVersion, expected) };
  });
  const response = JSON.stringify({
    ClientVersion: CLIENT_VERSION,
    ProcessedClientActions: outcomes.map(({ type, status, failure }) => ({
      ActionType: type,
      ActionStatus: status,
      ActionResult: null,
      Error: failure?.message ?? '',
    })),
    Errors: null,
  });
  const failure =
    outcomes.find((outcome) => outcome.failure !== undefined)?.failure ??
    (outcomes.some(({ type }) => type === 'SessionType')
      ? undefined
      : new HotpassError('ssm-failed', `agent ${printable(agentVersion)} opened a session of no type`));
  return { response, agentVersion, failure };
}

/** Gives the words for whoever opens a session, from the agent's last word of the handshake; often empty. */
export function readCustomerMessage(payload: Buffer): string {
  return printable(textOf(readJson(payload)?.CustomerMessage).trim());
}

function processAction(type: string, action: unknown, agent: string, expected: Expected): Outcome {
  if (type === 'KMSEncryption') {
    const failure = new HotpassError('agent-wants-kms', 'the session is to be encrypted by a KMS key', {
      hint: 'hotpass does not do that; SSM carries sessions over TLS in any case',
    });
    return { status: STATUS.failed, failure };
  }
  if (type !== 'SessionType') {
    const failure = new HotpassError(
      'ssm-failed',
      `agent ${printable(agent)} asks for "${printable(type)}", which hotpass does not know`,
    );
    return { status: STATUS.unsupported, failure };
  }
  const failure = checkSession(isRecord(action) ? action.ActionParameters : undefined, agent, expected);
  return failure === undefined ? { status: STATUS.success } : { status: STATUS.failed, failure };
}

function checkSession(parameters: unknown, agent: string, expected: Expected): HotpassError | undefined {
  const old = checkAgent(agent, expected);
  if (old !== undefined) return old;
  const given = isRecord(parameters) ? parameters : {};
  const properties = isRecord(given.Properties) ? given.Properties : {};
  const isPort = given.SessionType === 'Port' && properties.type === 'LocalPortForwarding';
  // An agent that was not told the host would connect to its own localhost.
  if (isPort && (expected.host === undefined || textOf(properties.host) !== '')) return undefined;
  const lack = isPort ? 'without the remote host' : 'that forwards no port';
  return new HotpassError('ssm-failed', `agent ${printable(agent)} opened a session ${lack}`, {
    hint: 'is the session document one of AWS?',
  });
}

/** Says why an agent of this version cannot do what is expected: `agent-too-old`. */
export function checkAgent(agent: string, expected: Expected): HotpassError | undefined {
  const since = expected.host === undefined ? MANY_SINCE : REMOTE_SINCE;
  if (isAtLeast(agent, since)) return undefined;
  const what = expected.host === undefined ? 'many connections in one session' : 'other hosts';
  return new HotpassError(
    'agent-too-old',
    `agent ${printable(agent) || '(no version)'} of ${expected.instance} is too old for ${what}`,
    { hint: `update the SSM agent of ${expected.instance} to ${since} or later` },
  );
}

function readJson(payload: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString());
    return isRecord(value) ? value : undefined;
  } catch {
    // What is not JSON is no word of a handshake; the caller's deadline tells.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
