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
  { target, accounts, roles, clusters, ownCluster }: Allowed,
  cluster: string | undefined,
): string {
  const parts = [
    [accounts !== undefined, `account ${account}`],
    [roles !== undefined, who],
    ...(cluster === undefined
      ? []
      : [[clusters !== undefined || cluster === ownCluster, `cluster ${cluster}`] as const]),
  ] as const;
  const named = (isNamed: boolean) => parts.flatMap(([is, word]) => (is === isNamed ? [word] : []));
  if (!isConfigured({ target, accounts, roles, clusters }))
    return `${parts.map(([, word]) => word).join(', ')}; target ${target} allows any`;
  const open = named(false);
  const rest = open.length === 0 ? '' : `; ${open.join(', ')}: any is allowed`;
  return `${named(true).join(', ')} allowed for ${target}${rest}`;
}
