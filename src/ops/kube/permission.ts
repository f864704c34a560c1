/** One thing that one may do, or not. */
export interface Permission {
  /** As the config writes it, with the namespace. */
  readonly text: string;
  readonly verb: string;
  /** Empty for the core group, `*` for all. */
  readonly group: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  /** Undefined: all of them, or the resource is in none. */
  readonly namespace: string | undefined;
}

/** Groups of what people write without one. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  batch: ['cronjobs', 'jobs'],
  autoscaling: ['horizontalpodautoscalers'],
  policy: ['poddisruptionbudgets'],
  'networking.k8s.io': ['ingressclasses', 'ingresses', 'networkpolicies'],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'coordination.k8s.io': ['leases'],
  'storage.k8s.io': ['csidrivers', 'csinodes', 'storageclasses', 'volumeattachments'],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'scheduling.k8s.io': ['priorityclasses'],
};
/** Of these there is one for the whole cluster: a right in one namespace is none. */
const CLUSTER_WIDE: readonly string[] = [
  'clusterrolebindings',
  'clusterroles',
  'csidrivers',
  'csinodes',
  'customresourcedefinitions',
  'ingressclasses',
  'namespaces',
  'nodes',
  'persistentvolumes',
  'priorityclasses',
  'storageclasses',
  'volumeattachments',
];

/** Reads `get pods in arc-runners`, `delete deployments.apps/scale`; `namespace` holds where the text names none. Pure. */
export function readPermission(text: string, namespace: string | undefined): Permission {
  const [, verb = '', name = '', subresource, own] =
    /^(\S+) ([^\s/]+)(?:\/(\S+))?(?: in (\S+))?$/.exec(text) ?? [];
  const dot = name.indexOf('.');
  const resource = dot < 0 ? name : name.slice(0, dot);
  const known = Object.entries(GROUPS).find(([, resources]) => resources.includes(resource))?.[0];
  const group = resource === '*' && dot < 0 ? '*' : dot < 0 ? (known ?? '') : name.slice(dot + 1);
  const isClusterWide = CLUSTER_WIDE.includes(resource) && subresource === undefined;
  const where = own ?? (isClusterWide ? undefined : namespace);
  const bare = text.replace(/ in \S+$/, '');
  return {
    text: where === undefined ? bare : `${bare} in ${where}`,
    verb,
    group,
    resource,
    subresource,
    namespace: where,
  };
}
