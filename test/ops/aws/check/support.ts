import type { AccountApi, Cluster } from '../../../../src/aws.ts';
import type { LinkId, LinkResult } from '../../../../src/ops/aws/check/link.ts';
import type { CheckWish } from '../../../../src/ops/aws/check/request.ts';
import type { CheckResult } from '../../../../src/ops/aws/check/result.ts';

export const ACCOUNT = '123456789012';
export const ROLE = 'AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b';
export const CALLER = `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/operator`;
export const CLUSTER = 'hotpass-staging';

/** A cluster as EKS describes it. */
export const cluster: Cluster = {
  name: CLUSTER,
  arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/${CLUSTER}`,
  status: 'ACTIVE',
  version: '1.33',
  platformVersion: 'eks.9',
  endpoint: new URL('https://ABCD.gr7.eu-west-1.eks.amazonaws.com'),
  isPublic: false,
  isPrivate: true,
  publicCidrs: [],
  ca: undefined,
  issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABCD',
  authenticationMode: 'API',
  healthIssues: [],
};

/** An account that answers at once; each call may be replaced. */
export function fakeAccount(answers: Partial<AccountApi> = {}): AccountApi {
  return {
    region: { value: 'eu-west-1', origin: 'profile hotpass-staging' },
    profile: { value: 'hotpass-staging', origin: 'hotpass.yaml:4:12' },
    ignored: [],
    findCredentials: async () => ({
      provider: 'sso',
      profile: 'hotpass-staging',
      expiresAt: new Date('2026-11-21T17:42:00'),
      loginExpiresAt: undefined,
    }),
    getCallerIdentity: async () => ({ account: ACCOUNT, arn: CALLER, userId: 'AROAEXAMPLE:operator' }),
    describeCluster: async () => cluster,
    listAccessEntries: async () => [],
    describeAccessEntry: async () => undefined,
    getOidcProvider: async () => undefined,
    getRole: async () => undefined,
    makeClusterToken: async () => ({ token: 'k8s-aws-v1.secret', expiresAt: new Date() }),
    clockOffsetMs: () => 0,
    ...answers,
  };
}

/** What is to be checked where nothing else is said. */
export const wish: CheckWish = {
  target: 'staging',
  stateDir: '/nowhere',
  place: {},
  flags: [],
  hasForward: true,
  allowed: { target: 'staging' },
  cluster: CLUSTER,
  namespace: undefined,
  context: undefined,
  kubeconfig: '/nowhere/kubeconfig',
  permissions: [],
  oidc: undefined,
  timeoutMs: 5_000,
};

/** The link with this id. */
export function linkOf({ links }: Pick<CheckResult, 'links'>, id: LinkId): LinkResult {
  const link = links.find((one) => one.id === id);
  if (link === undefined) throw new Error(`the check has no link ${id}`);
  return link;
}
