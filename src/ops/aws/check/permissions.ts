import { HotpassError } from '../../../errors.ts';
import type { KubeAnswer } from '../../kube/client.ts';
import { fieldAt, textAt } from '../../kube/fields.ts';
import type { Permission } from '../../kube/permission.ts';
import type { Answer } from './answer.ts';
import { failed, judgeAnswer, ok, skipped } from './judge.ts';
import { kubeFailed } from './kube-failed.ts';
import type { LinkResult } from './link.ts';
import type { Mapping } from './mapping.ts';
import type { CheckWords } from './words.ts';

/** One permission, and what the API said. */
export interface AskedPermission {
  readonly permission: Permission;
  readonly answer: Answer<KubeAnswer>;
}

/** Judges whether one may do what the config lists. Pure. */
export function judgePermissions(
  asked: readonly AskedPermission[],
  mapping: Mapping,
  review: LinkResult,
  before: readonly LinkResult[],
  words: CheckWords,
): LinkResult {
  if (asked.length === 0)
    return skipped('permissions', 'none is listed: eks.permissions in hotpass.yaml, or --namespace NAME');
  const broken = before.find(({ state }) => state !== 'ok');
  const [lost] = asked.filter(({ answer }) => answer.kind !== 'got');
  if (broken !== undefined || lost !== undefined)
    return judgeAnswer(
      'permissions',
      broken === undefined && lost !== undefined ? lost.answer : { kind: 'unasked' },
      before,
      () => skipped('permissions', ''),
    );
  const seen = asked.flatMap(({ permission: { text }, answer }) =>
    answer.kind === 'got' ? [{ text, ...answer.value }] : [],
  );
  const strange = seen.find(({ status, body }) => status !== 403 && allowedOf(body) === undefined);
  if (strange !== undefined) return kubeFailed('permissions', strange.status, strange.body, words.again);
  if (seen.some(({ status }) => status === 403))
    return skipped('permissions', 'not permitted: create selfsubjectaccessreviews.authorization.k8s.io');
  const facts = seen.map(({ text, body }) => ({
    permission: text,
    isAllowed: allowedOf(body) === true,
    reason: reasonOf(body) ?? null,
  }));
  const denied = facts.filter(({ isAllowed }) => !isAllowed);
  if (denied.length === 0)
    return ok('permissions', `may ${facts.map(({ permission }) => permission).join(', ')}`, { facts });
  const list = denied.map(({ permission }) => permission).join(', ');
  const message = `may not ${list} (${denied.length} of ${facts.length} denied)`;
  return failed('permissions', new HotpassError('eks-forbidden', message, { hint: words.again }), {
    evidence: [
      ...(review.state === 'ok' ? [['you are', review.saw] as const] : []),
      ...denied.flatMap(({ permission, reason }) =>
        reason ? [[`reason`, `${permission}: ${reason}`] as const] : [],
      ),
      ...mapping.rights,
    ],
    facts,
  });
}

function allowedOf(body: unknown): boolean | undefined {
  const allowed = fieldAt(body, 'status', 'allowed');
  return typeof allowed === 'boolean' ? allowed : undefined;
}

function reasonOf(body: unknown): string | undefined {
  return textAt(body, 'status', 'reason') || textAt(body, 'status', 'evaluationError');
}
