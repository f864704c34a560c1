import type {
  AccessEntry,
  AccountApi,
  CallerIdentity,
  Cluster,
  FoundCredentials,
  IamRole,
} from '../../../aws.ts';
import { type Answer, type Asking, gotten, UNASKED } from './answer.ts';
import { isEntryOf, principalOf } from './principal.ts';

/** What AWS was asked; each is answered by itself. */
export interface AccountAnswers {
  readonly credentials: Promise<Answer<FoundCredentials>>;
  readonly identity: Promise<Answer<CallerIdentity>>;
  readonly cluster: Promise<Answer<Cluster>>;
  readonly entries: Promise<Answer<readonly string[]>>;
  /** The caller's own, where there is one. */
  readonly entry: Promise<Answer<AccessEntry | undefined>>;
  /** Asked only where no entry is for the caller: it tells the path that STS leaves out. */
  readonly role: Promise<Answer<IamRole | undefined>>;
}

/** Asks AWS all that a check is about: two answers in a row at most. */
export function askAccount({ ask }: Asking, api: AccountApi, cluster: string | undefined): AccountAnswers {
  const aws = <T>(whom: string, put: (signal: AbortSignal) => Promise<T>) =>
    ask<T>({ whom, lateCode: 'aws-unreachable', put });
  const ofCluster = <T>(whom: string, put: (name: string, signal: AbortSignal) => Promise<T>) =>
    cluster === undefined ? Promise.resolve(UNASKED) : aws<T>(whom, (signal) => put(cluster, signal));
  const identity = aws('STS', (signal) => api.getCallerIdentity(signal));
  const entries = ofCluster('EKS (access entries)', (name, signal) => api.listAccessEntries(name, signal));
  const mine = Promise.all([identity, entries]).then((answers) => findMine(...answers));
  return {
    credentials: aws('credentials', (signal) => api.findCredentials(signal)),
    identity,
    cluster: ofCluster('EKS', (name, signal) => api.describeCluster(name, signal)),
    entries,
    entry: mine.then(({ arn }) =>
      arn === undefined
        ? UNASKED
        : ofCluster('EKS (access entry)', (name, signal) => api.describeAccessEntry(name, arn, signal)),
    ),
    role: mine.then(({ role }) =>
      role === undefined ? UNASKED : aws('IAM (role)', (signal) => api.getRole(role, signal)),
    ),
  };
}

/** The caller's access entry; without one the role to look up. */
function findMine(
  identity: Answer<CallerIdentity>,
  entries: Answer<readonly string[]>,
): { readonly arn?: string; readonly role?: string } {
  const caller = gotten(identity);
  if (caller === undefined) return {};
  const principal = principalOf(caller.arn);
  const arn = gotten(entries)?.find((entry) => isEntryOf(entry, principal));
  if (arn !== undefined) return { arn };
  return entries.kind === 'got' && principal.kind === 'role' ? { role: principal.name } : {};
}
