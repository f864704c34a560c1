import { HotpassError } from '../../../errors.ts';
import { gotten } from './answer.ts';
import { failed, judgeOptional, ok, skipped } from './judge.ts';
import type { LinkResult } from './link.ts';
import { type Mapping, type MappingAnswers, scopeText } from './mapping.ts';
import { isEntryOf, principalOf } from './principal.ts';

/** Judges whether the cluster has an access entry for the caller. Pure. */
export function judgeAccessEntry(
  answers: MappingAnswers,
  mapping: Mapping,
  token: LinkResult,
  before: readonly LinkResult[],
): LinkResult {
  const cluster = gotten(answers.cluster);
  const identity = gotten(answers.identity);
  if (cluster?.authenticationMode === 'CONFIG_MAP')
    return skipped('access-entry', 'this cluster has none: access is by the aws-auth ConfigMap');
  const broken =
    before.some(({ state }) => state !== 'ok') || cluster === undefined || identity === undefined;
  return judgeOptional('access-entry', broken ? { kind: 'unasked' } : answers.entries, before, (entries) => {
    const principal = principalOf(identity?.arn ?? '');
    const mine = entries.find((entry) => isEntryOf(entry, principal));
    if (mine !== undefined) return describe(mine, answers);
    const none = `none of ${entries.length} access entries is for ${principal.kind} ${principal.name}`;
    if (token.state === 'ok') {
      const facts = { principalArn: null };
      return cluster?.authenticationMode === 'API_AND_CONFIG_MAP'
        ? ok('access-entry', `${none}; the aws-auth ConfigMap lets you in`, { facts })
        : skipped('access-entry', `${none}, and yet the cluster lets you in`, { facts });
    }
    // Told once: where the token was refused, the reason stands there.
    const isTold = token.code === 'eks-role-not-mapped';
    return failed('access-entry', new HotpassError('eks-role-not-mapped', none), {
      evidence: isTold ? [['see', 'token']] : mapping.evidence,
      facts: { principalArn: null, entries: entries.length },
    });
  });
}

function describe(arn: string, { entry }: MappingAnswers): LinkResult {
  if (entry.kind !== 'got')
    return ok('access-entry', `${arn}; what it permits was not seen`, { facts: { principalArn: arn } });
  const found = entry.value;
  if (found === undefined) return skipped('access-entry', `${arn} was listed and is gone now`);
  const policies = found.policies?.map(
    (policy) => `${policy.arn.split('/').at(-1)} (${scopeText(policy.namespaces)})`,
  );
  const parts = [
    found.principalArn,
    found.type,
    ...(found.groups.length === 0 ? [] : [`groups ${found.groups.join(' ')}`]),
    ...(policies === undefined ? ['policies not permitted to be seen'] : policies),
  ];
  return ok('access-entry', parts.join(', '), { facts: found });
}
