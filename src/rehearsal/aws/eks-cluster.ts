import { createHash } from 'node:crypto';
import type { RehearsedCluster } from './account.ts';
import type { World } from './world.ts';

const HOST_SUFFIX = 'eks.amazonaws.com';
/** What EKS has not made yet. */
const UNFINISHED = new Set(['CREATING', 'PENDING']);

/** Gives the ARN of a cluster. */
export function clusterArn(world: World, region: string, name: string): string {
  return `arn:aws:eks:${region}:${world.id}:cluster/${name}`;
}

/** Gives the address of a cluster's Kubernetes API. */
function endpointOf({ name, endpoint }: RehearsedCluster, region: string): string {
  return endpoint ?? `https://${hostId(name)}.gr7.${region}.${HOST_SUFFIX}`;
}

/** Gives a cluster as DescribeCluster does. */
export function describeCluster(world: World, cluster: RehearsedCluster, region: string) {
  const { name, ca, status = 'ACTIVE', version = '1.33', healthIssues = [] } = cluster;
  const made = UNFINISHED.has(status)
    ? { certificateAuthority: {} }
    : {
        endpoint: endpointOf(cluster, region),
        certificateAuthority: ca === undefined ? {} : { data: Buffer.from(ca).toString('base64') },
        identity: {
          oidc: { issuer: cluster.issuer ?? `https://oidc.eks.${region}.amazonaws.com/id/${hostId(name)}` },
        },
      };
  return {
    name,
    arn: clusterArn(world, region, name),
    createdAt: 1_767_225_600.123,
    version,
    status,
    ...made,
    roleArn: `arn:aws:iam::${world.id}:role/${name}-cluster`,
    resourcesVpcConfig: {
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      securityGroupIds: [],
      clusterSecurityGroupId: 'sg-0123456789abcdef0',
      vpcId: 'vpc-0123456789abcdef0',
      endpointPublicAccess: cluster.isPublic ?? true,
      endpointPrivateAccess: cluster.isPrivate ?? false,
      publicAccessCidrs: (cluster.isPublic ?? true) ? (cluster.publicCidrs ?? ['0.0.0.0/0']) : [],
    },
    kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily: 'ipv4' },
    logging: { clusterLogging: [{ types: ['api'], enabled: false }] },
    platformVersion: 'eks.9',
    tags: {},
    health: { issues: healthIssues.map((issue) => ({ ...issue, resourceIds: [] })) },
    accessConfig: { authenticationMode: cluster.authenticationMode ?? 'API_AND_CONFIG_MAP' },
    upgradePolicy: { supportType: 'EXTENDED' },
    deletionProtection: false,
  };
}

function hostId(name: string): string {
  return createHash('md5').update(name).digest('hex').toUpperCase();
}
