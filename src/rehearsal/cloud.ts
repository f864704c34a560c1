import type { RehearsedAccount, RehearsedCluster } from './aws/account.ts';
import { type RehearsedAws, type StartAws, startAws } from './aws/index.ts';
import { type RehearsedKubernetes, startKubernetes } from './kube/index.ts';
import type { StartKubernetes } from './kube/options.ts';

/** An AWS account with an EKS cluster in it that can be gone to. */
export interface StartCloud {
  /** The cluster; what DescribeCluster says of its endpoint, authority and issuer is what is played. */
  readonly cluster: RehearsedCluster;
  /** The account around it, made once the cluster has an issuer. Default provider: that issuer. */
  account?(issuer: CloudIssuer): RehearsedAccount;
  readonly kubernetes?: Pick<StartKubernetes, 'name' | 'rules' | 'configMap' | 'objects'> | undefined;
  /** Its Systems Manager, whose agents reach the endpoint of the cluster besides. */
  readonly ssm?: StartAws['ssm'];
  readonly pageSize?: number | undefined;
}

/** The cluster's OIDC issuer, as trust policies and IAM name it. */
export interface CloudIssuer {
  /** Host and path, without https://. */
  readonly name: string;
  /** Public keys (JWK). */
  readonly keys: readonly unknown[];
}

/** Both, and what holds for both. */
export interface RehearsedCloud {
  readonly aws: RehearsedAws;
  readonly kubernetes: RehearsedKubernetes;
  /** Changes the cluster, for EKS and for itself; by `aws.setCluster` alone it would let in whom it let in before. */
  setCluster(change: Partial<RehearsedCluster>): void;
  close(): Promise<void>;
}

/** Starts an account and its cluster: tokens that the account's callers sign are known there. */
export async function startCloud(options: StartCloud): Promise<RehearsedCloud> {
  let cluster = options.cluster;
  let aws: RehearsedAws | undefined;
  const kubernetes = await startKubernetes({
    ...options.kubernetes,
    cluster: () => cluster,
    whoSigned: (url, headers) => aws?.whoSigned(url, headers),
    stsHosts: () => (aws === undefined ? [] : [new URL(aws.url).host, `localhost:${aws.port}`]),
  });
  const { endpoint, ca, issuer, port } = kubernetes;
  cluster = { ...cluster, endpoint, ca, issuer };
  const oidc = { name: issuer.replace('https://', ''), keys: kubernetes.keys() };
  const account = options.account?.(oidc) ?? {};
  const played = await startAws({
    account: {
      ...account,
      clusters: [cluster, ...(account.clusters ?? [])],
      oidcProviders: account.oidcProviders ?? [{ url: oidc.name, keys: oidc.keys }],
    },
    pageSize: options.pageSize,
    ssm: {
      ...options.ssm,
      hosts: { ...options.ssm?.hosts, [hostOf(endpoint)]: `127.0.0.1:${port}` },
    },
  });
  aws = played;
  return {
    aws: played,
    kubernetes,
    setCluster(change) {
      cluster = { ...cluster, ...change };
      played.setCluster(cluster);
    },
    async close() {
      await Promise.all([played.close(), kubernetes.close()]);
    },
  };
}

function hostOf(endpoint: string): string {
  const { hostname, port } = new URL(endpoint);
  return `${hostname}:${port || 443}`;
}
