import type { Cluster } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import type { KubeAnswer } from '../../kube/client.ts';
import { textAt } from '../../kube/fields.ts';
import type { Answer } from './answer.ts';
import { failed, judgeAnswer, ok } from './judge.ts';
import { kubeFailed } from './kube-failed.ts';
import type { LinkResult } from './link.ts';
import type { Mapping } from './mapping.ts';
import type { CheckWords } from './words.ts';

const ANONYMOUS = 'system:anonymous';

/** Judges whether the cluster takes the token: 401 is "who are you?", 403 is "I know you, and no". Pure. */
export function judgeToken(
  answer: Answer<KubeAnswer>,
  cluster: Cluster | undefined,
  mapping: Mapping,
  clock: string | undefined,
  before: readonly LinkResult[],
  words: CheckWords,
): LinkResult {
  return judgeAnswer('token', answer, before, ({ status, body }) => {
    const facts = { status };
    const name = cluster?.name ?? 'the cluster';
    if (status === 401) {
      const message = `Kubernetes answered 401: the cluster does not know this ${mapping.kind}`;
      return failed('token', new HotpassError('eks-role-not-mapped', message, { hint: words.again }), {
        evidence: [...mapping.evidence, ...(clock === undefined ? [] : [['clock', clock] as const])],
        facts,
      });
    }
    if (userOf(body) === ANONYMOUS) {
      const message = `${name} takes the caller for ${ANONYMOUS}: the token did not get there`;
      return failed('token', new HotpassError('eks-role-not-mapped', message, { hint: words.again }), {
        evidence: [['likely', 'a proxy on the way takes the Authorization header away']],
        facts,
      });
    }
    const isTaken = status === 403 || (status >= 200 && status < 300 && body !== undefined);
    if (!isTaken) return kubeFailed('token', status, body, words.again);
    return ok('token', status === 403 ? 'taken (403: known, and not permitted)' : 'taken', { facts });
  });
}

/** Whom the API takes the caller for, by a review or by the words of a refusal. */
function userOf(body: unknown): string | undefined {
  const review = textAt(body, 'status', 'userInfo', 'username');
  return review ?? /[Uu]ser "([^"]*)"/.exec(textAt(body, 'message') ?? '')?.[1];
}
