import type { OidcWishes, ServiceAccountName, WishedRole } from './asked.ts';

/** One role that is to be looked at, and who is to take it on. */
export type RoleCase =
  | {
      readonly kind: 'service-account';
      readonly account: ServiceAccountName;
      /** Name or ARN; undefined: the one that stands in the service account. */
      readonly role: string | undefined;
      readonly audience: string | undefined;
    }
  | {
      readonly kind: 'github';
      readonly role: string;
      /** Several: it is one of these, and nobody knows which. */
      readonly subjects: readonly [string, ...string[]];
      readonly audience: string | undefined;
      /** Config does not say the subject: it was made of the repository of the runners. */
      readonly isAssumed: boolean;
    }
  | { readonly kind: 'nobody'; readonly role: string };

/** Says which roles are looked at, and for whom: those of config, or the one of the service account that flags name. Pure. */
export function planRoles({ roles, serviceAccount, repository }: OidcWishes): readonly RoleCase[] {
  if (serviceAccount !== undefined) {
    const name = `${serviceAccount.namespace}/${serviceAccount.name}`;
    const own = roles.filter((role) => role.serviceAccount === name);
    if (own.length > 0) return own.map((role) => ofServiceAccount(role, serviceAccount));
    return [{ kind: 'service-account', account: serviceAccount, role: undefined, audience: undefined }];
  }
  return roles.flatMap((wished) => {
    const { role, audience, githubSubject: subject } = wished;
    const [namespace, name] = wished.serviceAccount?.split('/') ?? [];
    const cases: RoleCase[] = [];
    if (namespace !== undefined && name !== undefined)
      cases.push(ofServiceAccount(wished, { namespace, name }));
    if (subject !== undefined)
      cases.push({ kind: 'github', role, subjects: [subject], audience, isAssumed: false });
    if (cases.length > 0) return cases;
    if (repository === undefined) return [{ kind: 'nobody', role }];
    const { owner, name: own } = repository;
    const subjects = [`repo:${owner}/${own}:*`, `repo:${owner}@*/${own}@*:*`] as const;
    return [{ kind: 'github', role, subjects: [...subjects], audience, isAssumed: true }];
  });
}

function ofServiceAccount({ role, audience }: WishedRole, account: ServiceAccountName): RoleCase {
  return { kind: 'service-account', account, role, audience };
}
