import { join } from 'node:path';
import type { AccountApi } from '../../../aws.ts';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import type { Kubeconfig } from '../../kube/kubeconfig.ts';
import { findForwards } from '../../net/find-forwards.ts';
import { type Answer, type Asking, gotten, startAsking } from './answer.ts';
import { type AccountAnswers, askAccount } from './ask-account.ts';
import { askKube, type Further, type KubeAnswers } from './ask-kube.ts';
import { askOidc } from './ask-oidc.ts';
import { clusterFacts } from './cluster.ts';
import { judgeChain } from './judge-chain.ts';
import type { LinkResult } from './link.ts';
import type { CheckWish } from './request.ts';
import { type CheckResult, sumUp } from './result.ts';
import { checkWithoutRegion, openAccount } from './without-region.ts';
import { makeWords } from './words.ts';

/** All that was answered. */
export type Answers = { readonly [K in keyof AccountAnswers]: Awaited<AccountAnswers[K]> } & {
  readonly kube: KubeAnswers;
  readonly kubeconfig: Answer<Kubeconfig>;
  /** Judged already: what is asked last depends on what was found before. */
  readonly oidc: readonly LinkResult[];
};

/**
 * Asks all that a check is about, side by side, and judges the answers link by link. Throws `profile-unknown`
 * and what is wrong with AWS's own files; all else is a link that is broken.
 */
export async function runCheck(sys: System, wish: CheckWish): Promise<CheckResult> {
  const api = await openAccount(sys, wish);
  if (api instanceof HotpassError) return checkWithoutRegion(sys, wish, api);
  const { again } = makeWords(wish, api);
  const asking = startAsking(sys, wish.timeoutMs, again, (whom) =>
    sys.out.progress(whom.length === 0 ? '' : `waiting for ${[...new Set(whom)].join(', ')} …`),
  );
  try {
    const answers = await askAll(sys, asking, api, wish);
    const links = [...judgeChain(sys, wish, api, answers), ...answers.oidc];
    const [identity, cluster] = [gotten(answers.identity), gotten(answers.cluster)];
    return sumUp(wish.target, sys.now(), api, {
      identity: identity ?? null,
      cluster: cluster === undefined ? null : clusterFacts(cluster),
      links,
    });
  } finally {
    asking.close();
    sys.out.progress('');
  }
}

async function askAll(sys: System, asking: Asking, api: AccountApi, wish: CheckWish): Promise<Answers> {
  const account = askAccount(asking, api, wish.cluster);
  const here = <T>(whom: string, put: () => Promise<T>) =>
    asking.ask({ whom, lateCode: 'eks-unreachable', put });
  const forwards = here('the session', async () =>
    sys.platform === 'win32' ? [] : findForwards(sys, wish.stateDir, wish.target, 'eks'),
  );
  const kubeconfig = here('kubeconfig', async () => {
    const { readKubeconfig } = await import('../../kube/kubeconfig.ts');
    return readKubeconfig(wish.kubeconfig ?? join(sys.home, '.kube', 'config'));
  });
  const further = createDeferred<Further | undefined>();
  const asked = Promise.all([account.cluster, forwards]).then(([cluster, live]) =>
    askKube(sys, asking, api, wish, gotten(cluster), gotten(live), further.resolve),
  );
  const { identity: caller, cluster: described } = account;
  const ground = { identity: caller, cluster: described, kube: further.promise };
  try {
    const [credentials, identity, cluster, entries, entry, role, kube, config, oidc] = await Promise.all([
      account.credentials,
      account.identity,
      account.cluster,
      account.entries,
      account.entry,
      account.role,
      asked,
      kubeconfig,
      askOidc(sys, asking, api, wish, ground),
    ]);
    return { credentials, identity, cluster, entries, entry, role, kube, kubeconfig: config, oidc };
  } finally {
    await asked.then(({ close }) => close());
  }
}
