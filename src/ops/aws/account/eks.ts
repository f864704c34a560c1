import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
} from '@aws-sdk/client-eks';
import type { AccessEntry, Cluster } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { allPages } from '../all-pages.ts';
import { createCalls, type Service } from '../connection/calls.ts';
import type { Door } from '../connection/door.ts';
import { absentIsUndefined } from '../explain/explain-error.ts';
import { readAccessPolicies, readCluster } from './read-cluster.ts';
import { RENEWABLE } from './renewable.ts';

const PAGE = 100;

const EKS: Service<EKSClient> = {
  name: 'eks',
  stale: RENEWABLE,
  create: (config) => new EKSClient(config),
  endpoint: ({ config }, parameters) => config.endpointProvider(parameters).url,
};

/** Makes the calls of EKS. Throws `usage` for an address that is none. */
export function createEksCalls(door: Door) {
  const { call } = createCalls(door, EKS);
  return {
    /** Gives undefined where there is no such cluster. */
    async describeCluster(name: string, signal: AbortSignal): Promise<Cluster | undefined> {
      const answer = await call('DescribeCluster', name, signal, (client, options) =>
        absentIsUndefined(client.send(new DescribeClusterCommand({ name }), options)),
      );
      return answer && readCluster(name, answer.cluster);
    },
    async listClusters(signal: AbortSignal): Promise<readonly string[]> {
      const pages = await allPages('eks', ({ nextToken }) =>
        call('ListClusters', undefined, signal, (client, options) =>
          client.send(new ListClustersCommand({ maxResults: PAGE, nextToken }), options),
        ),
      );
      return pages.flatMap(({ clusters = [] }) => clusters);
    },
    async listAccessEntries(clusterName: string, signal: AbortSignal): Promise<readonly string[]> {
      const pages = await allPages('eks', ({ nextToken }) =>
        call('ListAccessEntries', clusterName, signal, (client, options) =>
          client.send(new ListAccessEntriesCommand({ clusterName, maxResults: PAGE, nextToken }), options),
        ),
      );
      return pages.flatMap(({ accessEntries = [] }) => accessEntries);
    },
    async describeAccessEntry(
      clusterName: string,
      principalArn: string,
      signal: AbortSignal,
    ): Promise<AccessEntry | undefined> {
      const input = { clusterName, principalArn };
      const [answer, policies] = await Promise.all([
        call('DescribeAccessEntry', principalArn, signal, (client, options) =>
          absentIsUndefined(client.send(new DescribeAccessEntryCommand(input), options)),
        ),
        findPolicies(input, signal),
      ]);
      const entry = answer?.accessEntry;
      if (entry === undefined) return undefined;
      return {
        principalArn: entry.principalArn ?? principalArn,
        type: entry.type ?? 'STANDARD',
        username: entry.username,
        groups: entry.kubernetesGroups ?? [],
        policies,
      };
    },
  };

  async function findPolicies(
    input: { readonly clusterName: string; readonly principalArn: string },
    signal: AbortSignal,
  ): Promise<AccessEntry['policies']> {
    try {
      const pages = await allPages('eks', ({ nextToken }) =>
        call('ListAssociatedAccessPolicies', input.principalArn, signal, (client, options) =>
          absentIsUndefined(
            client.send(
              new ListAssociatedAccessPoliciesCommand({ ...input, maxResults: PAGE, nextToken }),
              options,
            ),
          ).then((page) => page ?? {}),
        ),
      );
      return pages.flatMap(readAccessPolicies);
    } catch (error) {
      if (error instanceof HotpassError && error.code === 'access-denied') return undefined;
      throw error;
    }
  }
}
