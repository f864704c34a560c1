/** An AWS account that is played: plain data, so that it can be told to another process. */
export interface RehearsedAccount {
  /** 12 digits. Default `123456789012`. */
  readonly id?: string | undefined;
  /** Who may sign requests. Default: `DEFAULT_CALLER`. */
  readonly callers?: readonly RehearsedCaller[] | undefined;
  readonly roles?: readonly RehearsedRole[] | undefined;
  readonly clusters?: readonly RehearsedCluster[] | undefined;
  readonly oidcProviders?: readonly RehearsedOidcProvider[] | undefined;
  readonly sso?: RehearsedSso | undefined;
}

/** Somebody who signs requests. */
export interface RehearsedCaller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys. */
  readonly sessionToken?: string | undefined;
  /**
   * As STS says it: `arn:aws:iam::ACCOUNT:user/PATH/NAME`, or `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, where
   * it drops the path of the role. One of another account finds nothing of this one.
   */
  readonly arn: string;
}

/** A role of the account. */
export interface RehearsedRole {
  readonly name: string;
  /** Begins and ends with a slash. Default `/`; of roles of IAM Identity Center `/aws-reserved/sso.amazonaws.com/`. */
  readonly path?: string | undefined;
  /** Trust policy, as the JSON says it. Default: the whole account may assume it. */
  readonly trustPolicy?: unknown;
  /** Default 3600. */
  readonly maxSessionSeconds?: number | undefined;
}

/** An EKS cluster. */
export interface RehearsedCluster {
  readonly name: string;
  /** Default `eu-west-1`. */
  readonly region?: string | undefined;
  /** Default ACTIVE. One that is CREATING, or PENDING, has no endpoint, certificate or issuer yet. */
  readonly status?: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' | 'FAILED' | 'PENDING' | undefined;
  /** Default `1.33`. */
  readonly version?: string | undefined;
  /** Default: an address as EKS makes them. */
  readonly endpoint?: string | undefined;
  /** Certificate of its own authority, PEM. */
  readonly ca?: string | undefined;
  /** Default: an address as EKS makes them. */
  readonly issuer?: string | undefined;
  /** Default true. */
  readonly isPublic?: boolean | undefined;
  /** Default false. */
  readonly isPrivate?: boolean | undefined;
  /** Default `0.0.0.0/0`. */
  readonly publicCidrs?: readonly string[] | undefined;
  /** Default API_AND_CONFIG_MAP. */
  readonly authenticationMode?: 'CONFIG_MAP' | 'API_AND_CONFIG_MAP' | 'API' | undefined;
  readonly healthIssues?: readonly { readonly code: string; readonly message: string }[] | undefined;
  readonly accessEntries?: readonly RehearsedAccessEntry[] | undefined;
}

/** What a cluster lets a principal do. */
export interface RehearsedAccessEntry {
  /** Of a role with its path, or of a user. */
  readonly principalArn: string;
  /** Default STANDARD. */
  readonly type?: string | undefined;
  /** Default: as `usernameOf` makes it. */
  readonly username?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  /** Without namespaces the policy holds in the whole cluster. */
  readonly policies?:
    | readonly { readonly arn: string; readonly namespaces?: readonly string[] | undefined }[]
    | undefined;
}

/** An OIDC provider that the account trusts. */
export interface RehearsedOidcProvider {
  /** Host and path, without https://. */
  readonly url: string;
  /** Default `sts.amazonaws.com`. */
  readonly audiences?: readonly string[] | undefined;
  /** Public keys (JWK) of the issuer, which web identity tokens are verified with; without any it does not answer. */
  readonly keys?: readonly unknown[] | undefined;
}

/** IAM Identity Center, for one person. */
export interface RehearsedSso {
  readonly startUrl: string;
  /** Name of the person in the sessions of their roles. */
  readonly user: string;
  /** Permission sets that the person has, and where. */
  readonly assignments: readonly { readonly account: string; readonly permissionSet: string }[];
  /** Access tokens that are good from the start. */
  readonly accessTokens?: readonly string[] | undefined;
  /** How long a login is good for. Default 28800. */
  readonly tokenSeconds?: number | undefined;
  /** How long a program waits between two polls for a login. Default 1. */
  readonly pollSeconds?: number | undefined;
}

export const DEFAULT_ACCOUNT_ID = '123456789012';
export const DEFAULT_REGION = 'eu-west-1';
export const DEFAULT_CALLER: RehearsedCaller = {
  accessKeyId: 'AKIDREHEARSED',
  secretAccessKey: 'rehearsed-and-good-nowhere-else',
  arn: 'arn:aws:iam::123456789012:user/operator',
};

/** Gives the name that Kubernetes knows an entry by: what it says, or what EKS makes of its principal. */
export function usernameOf({ username, principalArn }: RehearsedAccessEntry): string {
  if (username !== undefined) return username;
  const [, account, name] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(principalArn) ?? [];
  return name === undefined ? principalArn : `arn:aws:sts::${account}:assumed-role/${name}/{{SessionName}}`;
}
