import { onTestFinished } from 'vitest';
import { DEFAULT_CALLER, type RehearsedCaller } from '../../src/rehearsal/aws/account.ts';
import { type RehearsedCloud, type StartCloud, startCloud } from '../../src/rehearsal/cloud.ts';
import { countRounds, environmentFor } from './aws-far-side.ts';

/** A rehearsed AWS account of one test, with a cluster that lets its first caller in. */
export interface FarCloud extends RehearsedCloud {
  /** What leads a process there, as this caller; by default as the first of the account. */
  env(caller?: RehearsedCaller): Readonly<Record<string, string>>;
  /** How many answers, of the account and of the cluster, a client waited for one after the other. */
  rounds(): number;
}

/** Lets the default caller in, as a member of `dataops`. */
export const FAR_CLUSTER: StartCloud['cluster'] = {
  name: 'hotpass-staging',
  accessEntries: [{ principalArn: DEFAULT_CALLER.arn, groups: ['dataops'] }],
};

/**
 * Starts a rehearsed account with its cluster in this process; both end with the test. With the name `localhost` the
 * endpoint is reached directly, by default only through a forward.
 */
export async function startFarCloud(options: Partial<StartCloud> = {}): Promise<FarCloud> {
  let first = DEFAULT_CALLER;
  const cloud = await startCloud({
    cluster: FAR_CLUSTER,
    ...options,
    account(issuer) {
      const account = options.account?.(issuer) ?? {};
      [first = DEFAULT_CALLER] = account.callers ?? [];
      return account;
    },
  });
  onTestFinished(cloud.close);
  return {
    ...cloud,
    env: (caller = first) => environmentFor(cloud.aws.url, caller),
    rounds: () => countRounds([...cloud.aws.calls(), ...cloud.kubernetes.calls()]),
  };
}
