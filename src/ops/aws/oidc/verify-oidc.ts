import type { AccountApi, CallerIdentity, Cluster } from '../../../aws.ts';
import type { LinkResult } from '../check/link.ts';

/** What `aws check --verify-oidc` looks at, with what the chain knows by then. */
export interface VerifyOidc {
  readonly api: Pick<AccountApi, 'getOidcProvider' | 'getRole'>;
  readonly identity: Pick<CallerIdentity, 'account' | 'arn'>;
  /** Undefined where there is none or it could not be described: then only GitHub's issuer is looked at. */
  readonly cluster: Pick<Cluster, 'name' | 'issuer'> | undefined;
  readonly wishes: OidcWishes;
  readonly get: GetDocument;
  /** Asks the cluster for a service account; undefined where the cluster cannot be asked. */
  readonly readServiceAccount: ReadServiceAccount | undefined;
  /** Ends what hangs: a link that had no answer by then says so. */
  readonly signal: AbortSignal;
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

/** Gives the annotations of a service account; undefined where there is none. Throws what the cluster answers. */
export type ReadServiceAccount = (
  account: ServiceAccountName,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>> | undefined>;

/** Gets a document by https. Throws `oidc-unreachable`. */
export type GetDocument = (url: URL, signal: AbortSignal) => Promise<string>;

/**
 * Looks whether web identity works: the IAM provider of the issuer, its discovery document and keys, and for each role
 * whether its trust policy admits who is to take it on. Gives the links `oidc-provider`, `oidc-discovery` and
 * `oidc-trust`, one of each. Takes two answers in a row, three where the role stands in a service account. Never rejects.
 */
export async function verifyOidc(_asked: VerifyOidc): Promise<readonly LinkResult[]> {
  return [
    { id: 'oidc-provider', state: 'skipped', saw: 'not looked at yet' },
    { id: 'oidc-discovery', state: 'skipped', saw: 'not looked at yet' },
    { id: 'oidc-trust', state: 'skipped', saw: 'not looked at yet' },
  ];
}
