import { HotpassError, isErrno } from '../../../errors.ts';
import { explainKeys, profileFlag } from './explain-keys.ts';
import { explainNetwork } from './explain-network.ts';
import { oneLine, withoutSecrets } from './without-secrets.ts';

/** What was asked of whom, for the words of an error. */
export interface Asked {
  /** As IAM names it, `ssm:StartSession`. */
  readonly action: string;
  /** The instance, session, cluster or role that it was about. */
  readonly about?: string | undefined;
  readonly endpoint: URL;
  readonly region: string;
  readonly profile: string | undefined;
  /** Texts that no message may hold. */
  readonly secrets: readonly string[];
  /** How far the service's clock is ahead of ours, where that is known. */
  readonly clockOffsetMs?: number | undefined;
}

/**
 * Translates what the SDK throws. The words of the service are passed on where they help, and never where they may quote
 * the request: what is signed holds the token. Pure.
 */
export function explainError(error: unknown, asked: Asked): HotpassError {
  if (error instanceof HotpassError) return error;
  const { about = 'the target', region } = asked;
  const there = `--region ${region}${profileFlag(asked.profile)}`;
  const name = nameOf(error);
  const said = (text: string) => withoutSecrets(text, asked.secrets);
  const code = CODES.get(name);
  const words = error instanceof Error ? said(oneLine(error.message)) : '';
  switch (code) {
    case 'instance-not-connected':
      return new HotpassError(code, `${about} is not connected to Systems Manager in ${region}`, {
        hint: `aws ssm describe-instance-information ${there} --filters Key=InstanceIds,Values=${about}`,
        cause: error,
      });
    case 'instance-unknown':
      return new HotpassError(code, `${about} is no managed instance in ${region}`, {
        hint: `aws ssm describe-instance-information ${there}`,
        cause: error,
      });
    case 'document-missing':
      return new HotpassError(code, `${region} has no session document for this: ${words || name}`, {
        hint: `aws ssm describe-document ${there} --name AWS-StartPortForwardingSessionToRemoteHost`,
        cause: error,
      });
    case 'access-denied':
      return new HotpassError(code, `${asked.action} is not allowed${words && `: ${words}`}`, {
        hint: `ask for the permission ${asked.action}; who you are: hotpass aws check${profileFlag(asked.profile)}`,
        details: { action: asked.action },
        cause: error,
      });
    case 'aws-throttled':
      return new HotpassError(code, `${asked.endpoint.host} wants fewer calls (${asked.action}, ${name})`, {
        hint: 'wait a minute and try again',
        cause: error,
      });
  }
  return (
    explainKeys(name, asked.profile, error, asked.clockOffsetMs) ??
    explainNetwork(error, asked.endpoint) ??
    new HotpassError('aws-failed', `${asked.action}: ${[name, words].filter(Boolean).join(': ')}`, {
      hint: 'https://health.aws.amazon.com shows whether the service has a trouble',
      cause: error,
    })
  );
}

const CODES: ReadonlyMap<
  string,
  'access-denied' | 'aws-throttled' | 'document-missing' | 'instance-not-connected' | 'instance-unknown'
> = new Map([
  ['TargetNotConnected', 'instance-not-connected'],
  ['InvalidInstanceId', 'instance-unknown'],
  ['InvalidTarget', 'instance-unknown'],
  ['InvalidDocument', 'document-missing'],
  ['InvalidDocumentVersion', 'document-missing'],
  ['AccessDenied', 'access-denied'],
  ['AccessDeniedException', 'access-denied'],
  ['UnauthorizedOperation', 'access-denied'],
  ['OptInRequired', 'access-denied'],
  ['Throttling', 'aws-throttled'],
  ['ThrottlingException', 'aws-throttled'],
  ['ThrottledException', 'aws-throttled'],
  ['TooManyRequestsException', 'aws-throttled'],
  ['RequestLimitExceeded', 'aws-throttled'],
]);

/** Tells the name that the service gave an error. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

const ABSENT = [
  'DoesNotExistException',
  'ResourceNotFoundException',
  'NoSuchEntity',
  'NoSuchEntityException',
];

/** Gives an answer, or undefined where the service says that what was asked about is not there. */
export async function absentIsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (ABSENT.includes(nameOf(error)) || isErrno(error, ...ABSENT)) return undefined;
    throw error;
  }
}
