import { type ErrorParts, HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import { clockOff, isFarOff } from './explain-clock.ts';

const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'];
const UNKNOWN = [
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
];
const BADLY_SIGNED = [
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'IncompleteSignatureException',
];
const OFF_CLOCK = ['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture'];
/** What AWS says of a signature that is well made and of another time. */
const OF_ANOTHER_TIME = /Signature (?:expired|not yet current)/;

/**
 * Translates what a service says of the keys that signed a request; undefined for anything else. Its own words are not
 * passed on: some of them quote what was signed, and that holds the token. Pure.
 */
export function explainKeys(
  name: string,
  profile: string | undefined,
  cause: unknown,
  clockOffsetMs?: number,
): HotpassError | undefined {
  const whose = whoseKeys(profile);
  const denied = (message: string, hint: ErrorParts['hint']) =>
    new HotpassError('access-denied', message, { hint, cause });
  if (EXPIRED.includes(name)) return expiredKeys(profile, cause);
  const isLate = isFarOff(clockOffsetMs) || isOfAnotherTime(cause);
  if (OFF_CLOCK.includes(name) || (BADLY_SIGNED.includes(name) && isLate))
    return clockOff(clockOffsetMs, cause);
  if (UNKNOWN.includes(name))
    return denied(`AWS does not know ${whose}: deleted, or of another partition`, newKeys(profile));
  if (BADLY_SIGNED.includes(name))
    return denied(
      `AWS does not accept what ${whose} sign: the secret key is wrong, or the clock is off`,
      newKeys(profile),
    );
  return undefined;
}

function newKeys(profile: string | undefined): string {
  return profile === undefined
    ? 'put good keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    : `aws configure${profileFlag(profile)}`;
}

function isOfAnotherTime(error: unknown): boolean {
  return error instanceof Error && OF_ANOTHER_TIME.test(error.message);
}

/** Makes the error of keys that were good once. */
function expiredKeys(profile: string | undefined, cause: unknown): HotpassError {
  return new HotpassError('credentials-expired', `${whoseKeys(profile)} have expired`, {
    hint:
      profile === undefined
        ? 'put new keys into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN'
        : `hotpass aws login --profile ${shellWord(profile)}`,
    cause,
  });
}

/** Says in words whose keys they are. */
export function whoseKeys(profile: string | undefined): string {
  return profile === undefined ? 'the AWS keys of the environment' : `the credentials of profile ${profile}`;
}

/** What a command takes so that it asks the same account, with the space before it. */
export function profileFlag(profile: string | undefined): string {
  return profile === undefined ? '' : ` --profile ${shellWord(profile)}`;
}
