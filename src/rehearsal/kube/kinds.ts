/** A kind of object that the API server has. */
export interface KindRow {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** With its subresource. */
  readonly resource: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  /** What kubectl calls it for short. */
  readonly short?: string | undefined;
  /** First minor version of Kubernetes 1 that has it. */
  readonly since?: number | undefined;
}

const READ = ['get', 'list', 'watch'] as const;
const CREATE = ['create'] as const;
const AUTHORIZATION = {
  group: 'authorization.k8s.io',
  version: 'v1',
  isNamespaced: false,
  verbs: CREATE,
} as const;
const CORE = { group: '', version: 'v1', isNamespaced: true, verbs: READ } as const;

/** Every kind; one that is to be served is a row here and, where it can do more than be read, an entry in `answers`. */
const KINDS: readonly KindRow[] = [
  { ...CORE, resource: 'configmaps', kind: 'ConfigMap', short: 'cm' },
  { ...CORE, resource: 'namespaces', kind: 'Namespace', isNamespaced: false, short: 'ns' },
  { ...CORE, resource: 'pods', kind: 'Pod', short: 'po' },
  { ...CORE, resource: 'secrets', kind: 'Secret' },
  { ...CORE, resource: 'serviceaccounts', kind: 'ServiceAccount', short: 'sa' },
  { ...CORE, resource: 'serviceaccounts/token', kind: 'TokenRequest', verbs: CREATE },
  { ...CORE, resource: 'services', kind: 'Service', short: 'svc' },
  { ...CORE, group: 'apps', resource: 'deployments', kind: 'Deployment', short: 'deploy' },
  { ...CORE, group: 'batch', resource: 'jobs', kind: 'Job' },
  {
    ...AUTHORIZATION,
    group: 'authentication.k8s.io',
    resource: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    since: 28,
  },
  { ...AUTHORIZATION, resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
];

/** Finds the kind that a path names. */
export function findKind(
  group: string,
  version: string,
  resource: string,
  minor: number,
): KindRow | undefined {
  return kindsOf(minor).find(
    (one) => one.group === group && one.version === version && one.resource === resource,
  );
}

/** Gives what the server says about its kinds under `/api`, `/apis` and below; undefined for any other path. */
export function discover(path: string, minor: number): unknown {
  const [, root, group, version, ...rest] = path.replace(/\/$/, '').split('/');
  if (rest.length > 0) return undefined;
  if (root === 'api' && version === undefined)
    return group === undefined ? coreVersions() : resources('', group, minor);
  if (root !== 'apis') return undefined;
  if (group === undefined)
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(minor).map(groupEntry) };
  if (!groupsOf(minor).includes(group)) return undefined;
  return version === undefined
    ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) }
    : resources(group, version, minor);
}

function coreVersions() {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.12.34:443' }],
  };
}

function resources(group: string, version: string, minor: number) {
  const own = kindsOf(minor).filter((one) => one.group === group && one.version === version);
  if (own.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: own.map(({ resource, kind, isNamespaced, verbs, short }) => ({
      name: resource,
      singularName: '',
      namespaced: isNamespaced,
      kind,
      verbs,
      ...(short === undefined ? {} : { shortNames: [short] }),
    })),
  };
}

function groupEntry(name: string) {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function groupsOf(minor: number): string[] {
  return [...new Set(kindsOf(minor).map(({ group }) => group))].filter((group) => group !== '');
}

function kindsOf(minor: number): KindRow[] {
  return KINDS.filter(({ since = 0 }) => minor >= since);
}
