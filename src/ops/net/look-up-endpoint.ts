import type { Cluster } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import { printable } from '../../printable.ts';
import { shellCommand } from '../../shell-words.ts';
import type { System } from '../../system.ts';
import { parseHost } from './parse.ts';
import type { WantedForward } from './ports/ports.ts';
import type { EndpointWish } from './request-endpoint.ts';

/** What can be reached; the AWS CLI writes a kubeconfig for these two alone. */
const USABLE = ['ACTIVE', 'UPDATING'];

/**
 * Asks the account where the API endpoint of a cluster is. Throws `cluster-unknown`, `cluster-not-active`, and whatever
 * else the account answers.
 */
export async function lookUpEndpoint(
  sys: Pick<System, 'aws'>,
  wish: EndpointWish,
  signal: AbortSignal,
): Promise<WantedForward> {
  const { name, localPort, probe } = wish;
  const { cluster, region } = await askAccount(sys, wish, signal);
  const { endpoint, ca } = cluster;
  if (endpoint === undefined || ca === undefined || !USABLE.includes(cluster.status)) {
    throw notActive(cluster, wish);
  }
  return {
    name,
    localPort,
    host: parseHost(endpoint.hostname, 'endpoint'),
    port: Number(endpoint.port || 443),
    probe,
    cluster: { name: cluster.name, region, ca },
  };
}

async function askAccount(
  sys: Pick<System, 'aws'>,
  { cluster, place, name }: EndpointWish,
  signal: AbortSignal,
) {
  try {
    const account = await sys.aws.account(place);
    return { cluster: await account.describeCluster(cluster, signal), region: account.region.value };
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    const { code, message, hint, details } = error;
    throw new HotpassError(code, message, {
      hint,
      doing: `looking up where cluster ${cluster} is, for forward ${name}`,
      state: 'nothing was changed',
      details,
      cause: error,
    });
  }
}

function notActive({ name, status, healthIssues: [issue] }: Cluster, { place, target }: EndpointWish) {
  const given = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  const check = [
    ...['hotpass', 'aws', 'check', target, '--eks-cluster', name],
    ...given('--profile', place.profile),
    ...given('--region', place.region),
    ...given('--role-arn', place.roleArn),
  ];
  const why = issue === undefined ? 'no endpoint to forward to' : issue.message;
  return new HotpassError('cluster-not-active', printable(`cluster ${name} is ${status}: ${why}`), {
    hint: shellCommand(check),
    state: 'nothing was changed',
  });
}
