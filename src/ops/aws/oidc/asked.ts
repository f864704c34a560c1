import type { AccountApi, CallerIdentity, Cluster } from '../../../aws.ts';

/** What `aws check --verify-oidc` looks at, with what the chain knows by then. */
export interface VerifyOidc {
  readonly api: Pick<AccountApi, 'getOidcProvider' | 'getRole'>;
  readonly identity: Pick<CallerIdentity, 'account' | 'arn'>;
  /** Undefined where there is none or it could not be described: then only GitHub's issuer is looked at. */
  readonly cluster: Pick<Cluster, 'name' | 'issuer'> | undefined;
  readonly wishes: OidcWishes;
  readonly ask: Ask;
  readonly get: GetDocument;
  /** Asks the cluster for a service account; undefined where the cluster cannot be asked. */
  readonly readServiceAccount: ReadServiceAccount | undefined;
  /** Profile and region as commands of AWS take them; perhaps empty. */
  readonly awsFlags: string;
}

/** Roles and who is to take them on, as config and flags say it. */
export interface OidcWishes {
  /** `aws.oidc` of config. */
  readonly roles: readonly WishedRole[];
  /** `--service-account NS/NAME`, or with `--namespace`: then only this one is looked at. */
  readonly serviceAccount: ServiceAccountName | undefined;
  /** `arc.owner` and `arc.repository`: whose jobs take on a role of which config says nothing more. */
  readonly repository: { readonly owner: string; readonly name: string } | undefined;
}

export interface WishedRole {
  /** Name or ARN. */
  readonly role: string;
  /** `NAMESPACE/NAME`. */
  readonly serviceAccount?: string | undefined;
  /** May hold `*` for any characters. */
  readonly githubSubject?: string | undefined;
  /** Default: sts.amazonaws.com. */
  readonly audience?: string | undefined;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/** Puts one question to `whom`, and ends it in time. Rejects with a HotpassError. */
export type Ask = <T>(whom: string, put: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Gives the annotations of a service account; undefined where there is none. Throws what the cluster answers. */
export type ReadServiceAccount = (
  account: ServiceAccountName,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>> | undefined>;

/** Gets a document by https. Throws `oidc-unreachable`. */
export type GetDocument = (url: URL, signal: AbortSignal) => Promise<string>;
