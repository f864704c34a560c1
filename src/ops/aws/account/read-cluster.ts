import type { Cluster as EksCluster, ListAssociatedAccessPoliciesResponse } from '@aws-sdk/client-eks';
import type { AccessEntry, Cluster } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';

/** Reads what EKS says of a cluster. Throws `aws-failed` for an answer that lacks what each cluster has. Pure. */
export function readCluster(name: string, cluster: EksCluster | undefined): Cluster {
  const { arn, status, endpoint, resourcesVpcConfig: network = {} } = cluster ?? {};
  if (cluster === undefined || !arn || !status)
    throw new HotpassError('aws-failed', `eks:DescribeCluster: the answer lacks the cluster ${name}`);
  return {
    name: cluster.name ?? name,
    arn,
    status,
    version: cluster.version,
    platformVersion: cluster.platformVersion,
    endpoint: readEndpoint(endpoint),
    isPublic: network.endpointPublicAccess ?? false,
    isPrivate: network.endpointPrivateAccess ?? false,
    publicCidrs: network.publicAccessCidrs ?? [],
    ca: readPem(cluster.certificateAuthority?.data),
    issuer: cluster.identity?.oidc?.issuer,
    authenticationMode: cluster.accessConfig?.authenticationMode,
    healthIssues: (cluster.health?.issues ?? []).map(({ code, message }) => ({
      code: code ?? 'Unknown',
      message: message ?? '',
    })),
  };
}

/** Reads the policies of a page, each with the namespaces that it is limited to. Pure. */
export function readAccessPolicies(
  page: Pick<ListAssociatedAccessPoliciesResponse, 'associatedAccessPolicies'>,
): NonNullable<AccessEntry['policies']> {
  return (page.associatedAccessPolicies ?? []).flatMap(({ policyArn, accessScope }) => {
    if (!policyArn) return [];
    const isLimited = accessScope?.type === 'namespace';
    return [{ arn: policyArn, namespaces: isLimited ? (accessScope.namespaces ?? []) : undefined }];
  });
}

function readEndpoint(text: string | undefined): URL | undefined {
  if (!text) return undefined;
  if (URL.canParse(text)) return new URL(text);
  throw new HotpassError('aws-failed', `eks:DescribeCluster: the endpoint "${text}" is no address`);
}

function readPem(base64: string | undefined): string | undefined {
  return base64 ? Buffer.from(base64, 'base64').toString('utf8') : undefined;
}
