import { onTestFinished } from 'vitest';
import { DEFAULT_CALLER, type RehearsedCaller } from '../../src/rehearsal/aws/account.ts';
import { type RehearsedAws, type StartAws, startAws } from '../../src/rehearsal/aws/index.ts';

/** A rehearsed AWS account of one test. */
export interface FarAws extends RehearsedAws {
  /** What leads a process there, as this caller; by default as the first of the account. */
  env(caller?: RehearsedCaller): Readonly<Record<string, string>>;
  /**
   * How many answers a client waited for one after the other: the longest row of calls of which each began when the
   * one before had ended. `others` are calls to other services of this process, by the same clock.
   */
  rounds(others?: readonly TimedCall[]): number;
}

/** When a call came, and when it was answered: milliseconds of `performance.now()`. */
export interface TimedCall {
  readonly beganAt: number;
  readonly endedAt: number | undefined;
}

/** Starts a rehearsed account in this process; it ends with the test. */
export async function startFarAws(options: StartAws = {}): Promise<FarAws> {
  const aws = await startAws(options);
  onTestFinished(aws.close);
  const [first = DEFAULT_CALLER] = options.account?.callers ?? [];
  return {
    ...aws,
    env: (caller = first) => environmentFor(aws.url, caller),
    rounds: (others = []) => countRounds([...aws.calls(), ...others]),
  };
}

/** Gives what leads a process to an account, as this caller. */
export function environmentFor(
  url: string,
  { accessKeyId, secretAccessKey, sessionToken }: RehearsedCaller,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  };
}

/** Counts the longest row of calls that could only come one after the other. */
export function countRounds(calls: readonly TimedCall[]): number {
  const done = calls
    .map(({ beganAt, endedAt = Number.POSITIVE_INFINITY }) => ({ beganAt, endedAt }))
    .sort((one, other) => one.endedAt - other.endedAt);
  let rounds = 0;
  let last = Number.NEGATIVE_INFINITY;
  // Whoever ends first leaves the most room for others after it.
  for (const { beganAt, endedAt } of done) {
    if (beganAt < last) continue;
    rounds += 1;
    last = endedAt;
  }
  return rounds;
}
