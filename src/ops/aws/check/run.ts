import type { AccountApi } from '../../../aws.ts';
import type { System } from '../../../system.ts';
import { judgeAccount } from './account.ts';
import { type Answer, type Asking, gotten, startAsking, UNASKED } from './answer.ts';
import { clusterFacts, judgeClusterLink } from './cluster.ts';
import { judgeCredentials } from './credentials.ts';
import { judgeIdentityLink } from './identity.ts';
import { judgeRegion } from './region.ts';
import type { CheckWish } from './request.ts';
import { type CheckResult, sumUp } from './result.ts';
import { makeWords } from './words.ts';

/**
 * Asks all that a check is about, side by side, and judges the answers link by link. Throws `region-missing`,
 * `profile-unknown` and what is wrong with AWS's own files; all else is a link that is broken.
 */
export async function runCheck(sys: System, wish: CheckWish): Promise<CheckResult> {
  const api = await sys.aws.account(wish.place);
  const asking = startAsking(sys, wish.timeoutMs, (whom) =>
    sys.out.progress(whom.length === 0 ? '' : `waiting for ${whom.join(', ')} …`),
  );
  try {
    const answers = await askAccount(asking, api, wish.cluster);
    const words = makeWords(wish, api);
    const credentials = judgeCredentials(answers.credentials, api, sys.now());
    const identity = judgeIdentityLink(answers.identity, credentials, api.clockOffsetMs());
    const account = judgeAccount(answers.identity, identity, wish.allowed, wish.cluster);
    const cluster = judgeClusterLink(answers.cluster, wish.cluster, [credentials, identity], words);
    const described = gotten(answers.cluster);
    return sumUp(wish.target, sys.now(), api, {
      identity: gotten(answers.identity) ?? null,
      cluster: described === undefined ? null : clusterFacts(described),
      links: [credentials, identity, account, judgeRegion(api), cluster],
    });
  } finally {
    asking.close();
    sys.out.progress('');
  }
}

async function askAccount(asking: Asking, api: AccountApi, cluster: string | undefined) {
  const ofAws = <T>(whom: string, put: (signal: AbortSignal) => Promise<T>) =>
    asking.ask({ whom, lateCode: 'aws-unreachable', put });
  const [credentials, identity, described] = await Promise.all([
    ofAws('credentials', (signal) => api.findCredentials(signal)),
    ofAws('STS', (signal) => api.getCallerIdentity(signal)),
    cluster === undefined ? UNASKED : ofAws('EKS', (signal) => api.describeCluster(cluster, signal)),
  ]);
  return { credentials, identity, cluster: described } satisfies Record<string, Answer<unknown>>;
}
