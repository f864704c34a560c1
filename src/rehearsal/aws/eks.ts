import { type RehearsedAccessEntry, type RehearsedCluster, usernameOf } from './account.ts';
import type { Caller } from './callers.ts';
import { clusterArn, describeCluster } from './eks-cluster.ts';
import { takePage } from './page.ts';
import { Refusal, ServiceError } from './refusal.ts';
import { type AwsRequest, decode } from './request.ts';
import { authorize, clusterKey, isAtHome, type World } from './world.ts';

/** A call of EKS: what its path says. */
export interface EksCall {
  readonly action: string;
  readonly cluster?: string | undefined;
  readonly principal?: string | undefined;
}

/** Reads which call a request is. Shapes: https://docs.aws.amazon.com/eks/latest/APIReference */
export function readEksCall({ method, path }: AwsRequest): EksCall {
  const [first, cluster, entries, principal, policies, ...more] = path.split('/').slice(1).map(decode);
  if (method !== 'GET' || first !== 'clusters' || more.length > 0) return { action: '' };
  if (cluster === undefined) return { action: 'ListClusters' };
  if (entries === undefined) return { action: 'DescribeCluster', cluster };
  if (entries !== 'access-entries') return { action: '' };
  if (principal === undefined) return { action: 'ListAccessEntries', cluster };
  if (policies === undefined) return { action: 'DescribeAccessEntry', cluster, principal };
  return policies === 'access-policies'
    ? { action: 'ListAssociatedAccessPolicies', cluster, principal }
    : { action: '' };
}

/** Does what EKS does in a region. Throws a Refusal or a ServiceError. */
export function performEks(
  world: World,
  caller: Caller,
  region: string,
  { action, cluster: name, principal = '' }: EksCall,
  request: AwsRequest,
): unknown {
  if (action === '') throw new Refusal('unknown-operation', '');
  authorize(world, caller, `eks:${action}`, clusterArn(world, region, name ?? '*'));
  const seen = isAtHome(world, caller) ? world.clusters : new Map<string, RehearsedCluster>();
  if (name === undefined) {
    const names = [...seen.values()].filter((one) => clusterKey(one) === `${region}/${one.name}`);
    const { entries, nextToken } = takePage(
      names.map((one) => one.name),
      request,
      world.pageSize,
    );
    return { clusters: entries, nextToken };
  }
  const cluster = seen.get(clusterKey({ name, region }));
  if (cluster === undefined) throw notFound(`No cluster found for name: ${name}.`);
  if (action === 'DescribeCluster') return { cluster: describeCluster(world, cluster, region) };
  if (cluster.authenticationMode === 'CONFIG_MAP')
    throw new ServiceError(
      400,
      'InvalidRequestException',
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    );
  const all = cluster.accessEntries ?? [];
  if (action === 'ListAccessEntries') {
    const { entries, nextToken } = takePage(
      all.map((one) => one.principalArn),
      request,
      world.pageSize,
    );
    return { accessEntries: entries, nextToken };
  }
  const entry = all.find((one) => one.principalArn === principal);
  if (entry === undefined)
    throw notFound(
      "The specified principalArn could not be found. You can view your available access entries with 'aws eks list-access-entries'.",
    );
  return action === 'DescribeAccessEntry'
    ? { accessEntry: describeEntry(world, cluster, region, entry) }
    : listPolicies(world, cluster, entry, request);
}

function describeEntry(
  world: World,
  { name }: RehearsedCluster,
  region: string,
  entry: RehearsedAccessEntry,
) {
  const { principalArn } = entry;
  const [, , , , account, resource = ''] = principalArn.split(':');
  const [kind, ...words] = resource.split('/');
  return {
    clusterName: name,
    principalArn,
    kubernetesGroups: entry.groups ?? [],
    accessEntryArn: `arn:aws:eks:${region}:${world.id}:access-entry/${name}/${kind}/${account}/${words.at(-1)}/00000000-0000-4000-8000-000000000000`,
    createdAt: 1_767_225_600,
    modifiedAt: 1_767_225_600,
    tags: {},
    username: usernameOf(entry),
    type: entry.type ?? 'STANDARD',
  };
}

function listPolicies(
  world: World,
  cluster: RehearsedCluster,
  entry: RehearsedAccessEntry,
  request: AwsRequest,
) {
  const { entries, nextToken } = takePage(entry.policies ?? [], request, world.pageSize);
  return {
    clusterName: cluster.name,
    principalArn: entry.principalArn,
    nextToken,
    associatedAccessPolicies: entries.map(({ arn, namespaces }) => ({
      policyArn: arn,
      accessScope:
        namespaces === undefined ? { type: 'cluster', namespaces: [] } : { type: 'namespace', namespaces },
      associatedAt: 1_767_225_600,
      modifiedAt: 1_767_225_600,
    })),
  };
}

function notFound(message: string): ServiceError {
  return new ServiceError(404, 'ResourceNotFoundException', message, {
    clusterName: null,
    nodegroupName: null,
    fargateProfileName: null,
    addonName: null,
    subscriptionId: null,
  });
}
