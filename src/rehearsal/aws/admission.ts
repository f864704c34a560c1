import { wallClock } from '../ssm/clock.ts';
import type { Caller, Callers } from './callers.ts';
import type { FaultBoard } from './fault-board.ts';
import { Refusal } from './refusal.ts';
import type { AwsRequest } from './request.ts';
import { isSignedWith, readSignature, type Signature } from './signature.ts';

/** Who signed a request, and how. */
export interface Admitted {
  readonly caller: Caller;
  readonly signature: Signature;
}

/** What an admission looks at. */
export interface AdmissionGround {
  readonly callers: Callers;
  readonly faults: FaultBoard;
}

const MINUTE_MS = 60_000;
const SKEW_MINUTES = 5;
/** STS ignores X-Amz-Expires: https://github.com/kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go. */
const PRESIGNED_MINUTES = 15;

/** Tells the time of the services, milliseconds since 1970. */
export function serviceTime(faults: FaultBoard): number {
  return wallClock() + faults.clockShiftMs;
}

/** Finds out whose signature a request has, and that it is good. Throws a Refusal. */
export function admit({ callers, faults }: AdmissionGround, request: AwsRequest): Admitted {
  const signature = readSignature(request);
  const standing = faults.standings.get(signature.accessKeyId) ?? 'good';
  const caller = standing === 'unknown' ? undefined : callers.find(signature.accessKeyId);
  if (caller === undefined || caller.sessionToken !== signature.sessionToken)
    throw new Refusal('unknown-key', 'The security token included in the request is invalid.');
  const now = serviceTime(faults);
  if (standing === 'expired' || (caller.expiresAt ?? now) < now)
    throw new Refusal('expired', 'The security token included in the request is expired');
  refuseSkew(signature, now);
  if (!isSignedWith(caller.secretAccessKey, request, signature))
    throw new Refusal(
      'bad-signature',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  return { caller, signature };
}

function refuseSkew({ date, isPresigned }: Signature, now: number): void {
  const signedAt = Date.parse(
    date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  const minutes = isPresigned ? PRESIGNED_MINUTES : SKEW_MINUTES;
  const [earliest, latest] = [now - minutes * MINUTE_MS, now + SKEW_MINUTES * MINUTE_MS];
  if (signedAt < earliest)
    throw new Refusal(
      'bad-signature',
      `Signature expired: ${date} is now earlier than ${stamp(earliest)} (${stamp(now)} - ${minutes} min.)`,
    );
  if (signedAt > latest)
    throw new Refusal(
      'bad-signature',
      `Signature not yet current: ${date} is still later than ${stamp(latest)} (${stamp(now)} + ${SKEW_MINUTES} min.)`,
    );
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}
