import type { AccountApi } from '../../../aws.ts';
import type { System } from '../../../system.ts';
import type { WantedCluster } from '../../kube/compare-context.ts';
import { judgeAccessEntry } from './access-entry.ts';
import { judgeAccount } from './account.ts';
import { gotten } from './answer.ts';
import { judgeClusterLink } from './cluster.ts';
import { judgeCredentials } from './credentials.ts';
import { judgeEndpoint } from './endpoint.ts';
import { clockWords, judgeIdentityLink } from './identity.ts';
import { judgeKubeconfig } from './kubeconfig.ts';
import type { LinkResult } from './link.ts';
import { describeMapping } from './mapping.ts';
import { judgePermissions } from './permissions.ts';
import { judgeRegion } from './region.ts';
import type { CheckWish } from './request.ts';
import { judgeReview } from './review.ts';
import type { Answers } from './run.ts';
import { judgeToken } from './token.ts';
import { makeWords } from './words.ts';

type Api = Pick<AccountApi, 'clockOffsetMs' | 'ignored' | 'profile' | 'region'>;

/** Judges all links but those of web identity, in their order. */
export function judgeChain(
  sys: Pick<System, 'env' | 'now'>,
  wish: CheckWish,
  api: Api,
  answers: Answers,
): readonly LinkResult[] {
  const { kube } = answers;
  const words = makeWords(wish, api);
  const offset = api.clockOffsetMs();
  const described = gotten(answers.cluster);
  const mapping = describeMapping(answers, api.region.value);
  const credentials = judgeCredentials(answers.credentials, api, sys.now());
  const identity = judgeIdentityLink(answers.identity, credentials, offset);
  const account = judgeAccount(answers.identity, identity, wish.allowed, wish.cluster);
  const cluster = judgeClusterLink(answers.cluster, wish.cluster, [credentials, identity], words);
  const endpoint = judgeEndpoint(kube.endpoint, described, kube.way, [cluster], words);
  const reached = [cluster, endpoint];
  const token = judgeToken(kube.token, described, mapping, clockWords(offset), reached, words);
  const known = [...reached, token];
  const review = judgeReview(kube.review, described?.version, known, words.again);
  return [
    credentials,
    identity,
    account,
    judgeRegion(api),
    cluster,
    endpoint,
    token,
    review,
    judgePermissions(kube.permissions, mapping, review, known, words),
    judgeAccessEntry(answers, mapping, token, [identity, cluster]),
    judgeKubeconfig(answers.kubeconfig, wantedOf(sys, wish, api, answers), wish.context, [cluster], words),
  ];
}

function wantedOf(
  { env }: Pick<System, 'env'>,
  wish: CheckWish,
  { region, profile }: Api,
  { cluster, kube }: Answers,
): WantedCluster | undefined {
  const described = gotten(cluster);
  if (described?.endpoint === undefined) return undefined;
  return {
    name: described.name,
    endpoint: described.endpoint,
    ca: described.ca,
    region: region.value,
    profile: profile?.value,
    roleArn: wish.place.roleArn,
    forward: kube.way.forward,
    hasExportedKeys: Boolean(env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY),
  };
}
