import type { ClusterUser } from './user.ts';

/** What somebody wants of the API: a resource, or another path. */
export type Wanted =
  | {
      readonly kind: 'resource';
      /** get, list, watch, create, update, patch, delete … */
      readonly verb: string;
      /** Empty for the core group. */
      readonly group: string;
      /** With its subresource: `serviceaccounts/token`. */
      readonly resource: string;
      readonly name?: string | undefined;
      /** Left out: in all of them, or of what has none. */
      readonly namespace?: string | undefined;
    }
  | { readonly kind: 'path'; readonly verb: string; readonly path: string };

/** Lets somebody do something, as a role and its binding do together. `*` stands for all. */
export interface Rule {
  readonly name: string;
  readonly users?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly verbs: readonly string[];
  /** Default: the core group alone. */
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  /** Left out: in all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Paths that are no resources; `/api/*` takes all below. */
  readonly paths?: readonly string[] | undefined;
}

/** What each cluster has from its beginning. Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac */
const BUILT_IN: readonly Rule[] = [
  {
    name: 'cluster-admin',
    groups: ['system:masters'],
    verbs: ['*'],
    apiGroups: ['*'],
    resources: ['*'],
    paths: ['*'],
  },
  {
    name: 'system:basic-user',
    groups: ['system:authenticated'],
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io', 'authentication.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'],
  },
  {
    name: 'system:discovery',
    groups: ['system:authenticated'],
    verbs: ['get'],
    paths: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', '/version', '/version/'],
  },
  {
    name: 'system:public-info-viewer',
    groups: ['system:authenticated', 'system:unauthenticated'],
    verbs: ['get'],
    paths: ['/healthz', '/livez', '/readyz'],
  },
];

const READ = ['get', 'list', 'watch'] as const;
const WORKLOADS = ['', 'apps', 'batch', 'autoscaling', 'networking.k8s.io', 'policy'] as const;
const READABLE = [
  'configmaps',
  'deployments',
  'events',
  'jobs',
  'namespaces',
  'pods',
  'pods/log',
  'serviceaccounts',
  'services',
] as const;

/** What EKS's own policies let one do, as far as the rehearsal has kinds for it. */
const POLICIES: Readonly<Record<string, Pick<Rule, 'verbs' | 'apiGroups' | 'resources' | 'paths'>>> = {
  AmazonEKSClusterAdminPolicy: { verbs: ['*'], apiGroups: ['*'], resources: ['*'], paths: ['*'] },
  AmazonEKSAdminPolicy: {
    verbs: ['*'],
    apiGroups: [...WORKLOADS, 'rbac.authorization.k8s.io'],
    resources: ['*'],
  },
  AmazonEKSAdminViewPolicy: { verbs: READ, apiGroups: ['*'], resources: ['*'] },
  AmazonEKSEditPolicy: {
    verbs: [...READ, 'create', 'update', 'patch', 'delete'],
    apiGroups: WORKLOADS,
    resources: [...READABLE, 'secrets', 'serviceaccounts/token'],
  },
  AmazonEKSViewPolicy: { verbs: READ, apiGroups: WORKLOADS, resources: READABLE },
};

/** Finds what lets a user do something, in the API server's words; undefined where nothing does. */
export function findReason(user: ClusterUser, rules: readonly Rule[], wanted: Wanted): string | undefined {
  const own = [...BUILT_IN, ...rules].find(
    (rule) => subjectOf(rule, user) !== undefined && allows(rule, wanted),
  );
  if (own !== undefined)
    return `RBAC: allowed by ClusterRoleBinding "${own.name}" of ClusterRole "${own.name}" to ${subjectOf(own, user)}`;
  for (const { arn, namespaces } of user.policies) {
    const name = arn.split('/').at(-1) ?? '';
    const policy = POLICIES[name];
    if (policy !== undefined && allows({ ...policy, namespaces, name }, wanted))
      return `EKS Access Policy: allowed by ${arn}`;
  }
  return undefined;
}

function subjectOf({ users = [], groups = [] }: Rule, user: ClusterUser): string | undefined {
  if (users.includes(user.username)) return `User "${user.username}"`;
  const group = groups.find((one) => user.groups.includes(one));
  return group === undefined ? undefined : `Group "${group}"`;
}

function allows(rule: Rule, wanted: Wanted): boolean {
  if (!covers(rule.verbs, wanted.verb)) return false;
  if (wanted.kind === 'path')
    return (rule.paths ?? []).some((path) =>
      path.endsWith('*') ? wanted.path.startsWith(path.slice(0, -1)) : path === wanted.path,
    );
  const { namespaces } = rule;
  const isInside =
    namespaces === undefined || (wanted.namespace !== undefined && covers(namespaces, wanted.namespace));
  return (
    isInside && covers(rule.apiGroups ?? [''], wanted.group) && covers(rule.resources ?? [], wanted.resource)
  );
}

function covers(list: readonly string[], word: string): boolean {
  return list.includes('*') || list.includes(word);
}
