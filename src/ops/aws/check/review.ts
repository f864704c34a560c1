import type { KubeAnswer } from '../../kube/client.ts';
import { fieldAt, textAt, textsAt } from '../../kube/fields.ts';
import { type Answer, UNASKED } from './answer.ts';
import { judgeAnswer, ok, skipped } from './judge.ts';
import { kubeFailed } from './kube-failed.ts';
import type { LinkResult } from './link.ts';

/** Judges who one is for Kubernetes. Pure. */
export function judgeReview(
  answer: Answer<KubeAnswer>,
  version: string | undefined,
  before: readonly LinkResult[],
  again: string,
): LinkResult {
  const isKnown = before.every(({ state }) => state === 'ok');
  return judgeAnswer('review', isKnown ? answer : UNASKED, before, ({ status, body }) => {
    if (status === 404)
      return skipped('review', `Kubernetes ${version ?? ''} has no SelfSubjectReview`.replace('  ', ' '));
    if (status === 403)
      return skipped('review', 'not permitted: create selfsubjectreviews.authentication.k8s.io');
    const username = textAt(body, 'status', 'userInfo', 'username');
    if (status >= 300 || username === undefined) return kubeFailed('review', status, body, again);
    const groups = groupsOf(body);
    const own = groups.filter((group) => group !== 'system:authenticated');
    const among = own.length === 0 ? 'in no group of its own' : `groups ${own.join(' ')}`;
    return ok('review', `${username}, ${among}`, {
      facts: { username, groups, uid: textAt(body, 'status', 'userInfo', 'uid') ?? null, arn: arnOf(body) },
    });
  });
}

function groupsOf(body: unknown): string[] {
  return textsAt(body, 'status', 'userInfo', 'groups');
}

/** What the verifier of EKS adds: it also adds the id of the access key, which is nobody's business here. */
function arnOf(body: unknown): string | null {
  const extra = fieldAt(body, 'status', 'userInfo', 'extra');
  return textsAt(extra, 'canonicalArn')[0] ?? textsAt(extra, 'arn')[0] ?? null;
}
