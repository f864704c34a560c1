import type { RehearsedCluster } from '../aws/account.ts';
import type { WhoSigned } from '../aws/who-signed.ts';
import type { Rule } from './authorize.ts';
import type { KubeObject } from './objects.ts';
import type { ConfigMapRow } from './user.ts';

/** A Kubernetes API server of an EKS cluster. */
export interface StartKubernetes {
  /** Gives the cluster as it is now: who may enter it, and its version. */
  cluster(): Pick<RehearsedCluster, 'name' | 'version' | 'authenticationMode' | 'accessEntries' | 'region'>;
  /** Tells whose signature a token is; looked at when one comes. */
  readonly whoSigned: WhoSigned;
  /** Gives hosts of STS beside AWS's own, as `127.0.0.1:41000`. Default: none. */
  stsHosts?(): readonly string[];
  /**
   * Name of the endpoint. `localhost` is reached at the server's own port, any other at 443 by whoever resolves it.
   * Default: one as EKS makes them.
   */
  readonly name?: string | undefined;
  /** What one may do beside what each cluster lets one. */
  readonly rules?: readonly Rule[] | undefined;
  /** Rows of the ConfigMap `aws-auth`. */
  readonly configMap?: readonly ConfigMapRow[] | undefined;
  /** Objects that are there beside the namespaces that each cluster has. */
  readonly objects?: readonly KubeObject[] | undefined;
}

export const DEFAULT_NAME = 'ABCDEF0123456789ABCDEF0123456789.gr7.eu-west-1.eks.amazonaws.com';
export const DEFAULT_VERSION = '1.33';
