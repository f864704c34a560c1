/** An answer that is an error of one operation: its code and words are what the service's own are. */
export class ServiceError extends Error {
  readonly code: string;
  /** Of HTTP. */
  readonly status: number;
  /** What the body holds beside the words. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** How the services write: IAM and STS XML, EKS and Systems Manager JSON. */
export type Dialect = 'query' | 'json';

/** What any service refuses before it looks at the operation. */
type Reason =
  | 'unsigned'
  | 'incomplete'
  | 'unknown-key'
  | 'expired'
  | 'bad-signature'
  | 'denied'
  | 'throttled'
  | 'unknown-operation';

/** [status, code] of each. https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html and the EKS page. */
const CODES: Readonly<Record<Reason, Readonly<Record<Dialect, readonly [status: number, code: string]>>>> = {
  unsigned: {
    query: [403, 'MissingAuthenticationToken'],
    json: [403, 'MissingAuthenticationTokenException'],
  },
  incomplete: { query: [400, 'IncompleteSignature'], json: [403, 'IncompleteSignatureException'] },
  'unknown-key': { query: [403, 'InvalidClientTokenId'], json: [403, 'UnrecognizedClientException'] },
  expired: { query: [403, 'ExpiredToken'], json: [403, 'ExpiredTokenException'] },
  'bad-signature': { query: [403, 'SignatureDoesNotMatch'], json: [403, 'InvalidSignatureException'] },
  denied: { query: [403, 'AccessDenied'], json: [403, 'AccessDeniedException'] },
  throttled: { query: [400, 'Throttling'], json: [429, 'ThrottlingException'] },
  'unknown-operation': { query: [400, 'InvalidAction'], json: [404, 'UnknownOperationException'] },
};

/** A refusal that each service has, with a name of its own dialect. */
export class Refusal extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Gives what was thrown as an error of a service in its dialect; a bug of ours is an internal failure. */
export function toServiceError(thrown: unknown, dialect: Dialect): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  if (thrown instanceof Refusal) return new ServiceError(...CODES[thrown.reason][dialect], thrown.message);
  return new ServiceError(500, dialect === 'query' ? 'InternalFailure' : 'ServerException', String(thrown));
}
