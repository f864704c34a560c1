import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import { describeInstances } from './describe-instances.ts';
import { describeSessions } from './describe-sessions.ts';
import type { FaultBoard } from './fault-board.ts';
import { parseJson, textAt } from './json.ts';
import type { RehearsedCaller, RehearsedInstance } from './options.ts';
import type { Session, SessionWish } from './session.ts';
import { signerOf } from './signature.ts';
import { readStartSession } from './start-session.ts';

/** One call as the service got it. */
export interface SeenCall {
  readonly operation: string;
  readonly accessKeyId: string | undefined;
  readonly request: unknown;
  readonly status: number;
  /** Name of the error, where it was one. */
  readonly error: string | undefined;
}

/** An answer of the API. */
export interface ApiReply {
  readonly status: number;
  readonly body: unknown;
}

/** What the API works on. */
export interface Account {
  findCaller(accessKeyId: string): RehearsedCaller | undefined;
  instances(): readonly RehearsedInstance[];
  readonly pageSize: number | undefined;
  readonly faults: FaultBoard;
  readonly calls: SeenCall[];
  sessions(): Iterable<Session>;
  find(sessionId: string): Session | undefined;
  open(wish: Omit<SessionWish, 'id'>, instance: RehearsedInstance): Session;
  streamUrl(sessionId: string): string;
}

/** Answers one request of the JSON 1.1 protocol. */
export function answerCall(account: Account, headers: IncomingHttpHeaders, body: string): ApiReply {
  const operation = /^AmazonSSM\.(\w+)$/.exec(String(headers['x-amz-target']))?.[1] ?? '';
  const request = parseJson(body);
  let accessKeyId: string | undefined;
  const seen = (status: number, error?: string) =>
    account.calls.push({ operation, accessKeyId, request, status, error });
  try {
    accessKeyId = signerOf(headers);
    const caller = admit(account, accessKeyId, operation);
    const answer = perform(account, caller, operation, request);
    seen(200);
    return { status: 200, body: answer };
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown : new ApiError('InternalServerError', String(thrown));
    const status = error.type === 'InternalServerError' ? 500 : 400;
    seen(status, error.type);
    return { status, body: { __type: error.type, message: error.message, Message: error.message } };
  }
}

function admit(account: Account, accessKeyId: string, operation: string): RehearsedCaller {
  const caller = account.findCaller(accessKeyId);
  if (caller === undefined)
    throw new ApiError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  const standing = account.faults.standings.get(accessKeyId) ?? 'good';
  if (standing === 'expired')
    throw new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
  if (standing === 'forbidden')
    throw new ApiError(
      'AccessDeniedException',
      `User: arn:aws:sts::123456789012:assumed-role/${nameOf(caller)}/session is not authorized to perform: ssm:${operation} because no identity-based policy allows the ssm:${operation} action`,
    );
  if (account.faults.callsToThrottle > 0) {
    account.faults.callsToThrottle -= 1;
    throw new ApiError('ThrottlingException', 'Rate exceeded');
  }
  return caller;
}

function perform(account: Account, caller: RehearsedCaller, operation: string, request: unknown): unknown {
  switch (operation) {
    case 'StartSession':
      return startSession(account, caller, request);
    case 'ResumeSession':
      return resumeSession(account, request);
    case 'TerminateSession': {
      const sessionId = textAt(request, 'SessionId') ?? '';
      account.find(sessionId)?.end('api', '');
      return { SessionId: sessionId };
    }
    case 'DescribeInstanceInformation':
      return describeInstances(request, account.instances(), account.pageSize);
    case 'DescribeSessions':
      return describeSessions(
        request,
        [...account.sessions()].map((one) => one.facts()).reverse(),
        account.pageSize,
      );
    default:
      throw new ApiError('UnknownOperationException', '');
  }
}

function startSession(account: Account, caller: RehearsedCaller, request: unknown) {
  const { instance, ...wish } = readStartSession(request, account.instances());
  const session = account.open({ ...wish, owner: ownerOf(caller) }, instance);
  return { SessionId: session.id, StreamUrl: account.streamUrl(session.id), TokenValue: session.newToken() };
}

function resumeSession(account: Account, request: unknown) {
  const sessionId = textAt(request, 'SessionId') ?? '';
  const session = account.find(sessionId);
  if (session === undefined)
    throw new ApiError('DoesNotExistException', `Session ${sessionId} does not exist`);
  const { faults } = account;
  if (faults.resumesToRefuse > 0) {
    faults.resumesToRefuse -= 1;
    if (faults.refusal === 'error') throw new ApiError('InternalServerError', 'rehearsed fault');
    return { SessionId: sessionId };
  }
  if (session.isOver()) return { SessionId: sessionId };
  return { SessionId: sessionId, StreamUrl: account.streamUrl(sessionId), TokenValue: session.newToken() };
}

function nameOf(caller: RehearsedCaller): string {
  return caller.name ?? 'operator';
}

function ownerOf(caller: RehearsedCaller): string {
  return `arn:aws:iam::123456789012:user/${nameOf(caller)}`;
}
