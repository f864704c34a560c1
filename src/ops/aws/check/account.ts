import type { CallerIdentity } from '../../../aws.ts';
import { type Allowed, callerOf, judgeCluster, judgeIdentity } from '../allowed.ts';
import type { Answer } from './answer.ts';
import { failed, judgeAnswer, ok } from './judge.ts';
import type { LinkResult } from './link.ts';

/** Judges whether the target allows this account, this role and this cluster. Pure. */
export function judgeAccount(
  answer: Answer<CallerIdentity>,
  identity: LinkResult,
  allowed: Allowed,
  cluster: string | undefined,
): LinkResult {
  return judgeAnswer('account', asUnasked(answer), [identity], (caller) => {
    const problem =
      judgeIdentity(caller, allowed) ?? (cluster === undefined ? undefined : judgeCluster(cluster, allowed));
    if (problem !== undefined) return failed('account', problem, { evidence: [['you are', caller.arn]] });
    const { kind, name } = callerOf(caller);
    const who = kind === 'root' ? 'root' : `${kind} ${name}`;
    return ok('account', allowedText(caller.account, who, allowed, cluster), {
      facts: { account: caller.account, caller: name, kind, isConfigured: isConfigured(allowed) },
    });
  });
}

/** The link before this one told already what went wrong. */
function asUnasked<T>(answer: Answer<T>): Answer<T> {
  return answer.kind === 'failed' ? { kind: 'unasked' } : answer;
}

function isConfigured({ accounts, roles, clusters }: Allowed): boolean {
  return [accounts, roles, clusters].some((list) => list !== undefined);
}

function allowedText(
  account: string,
  who: string,
  { target, accounts, roles, clusters }: Allowed,
  cluster: string | undefined,
): string {
  const parts = [
    [accounts, `account ${account}`],
    [roles, who],
    [cluster === undefined ? undefined : clusters, `cluster ${cluster}`],
  ] as const;
  const allowed = parts.flatMap(([list, word]) => (list === undefined ? [] : [word]));
  const open = parts.flatMap(([list, word]) =>
    list === undefined && word !== 'cluster undefined' ? [word] : [],
  );
  if (allowed.length === 0) return `${open.join(', ')}; target ${target} allows any`;
  const rest = open.length === 0 ? '' : `; ${open.join(', ')}: any is allowed`;
  return `${allowed.join(', ')} allowed for ${target}${rest}`;
}
