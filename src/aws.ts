import type { Agent } from 'node:https';

/** The AWS account as a verb sees it: the door that tests pass their own for. Implemented in `ops/aws`. */
export interface Aws {
  /** Gives a client of Systems Manager. Throws `region-missing`, `profile-unknown`. */
  ssm(place: AwsPlace): Promise<SsmApi>;
  /**
   * Gives what answers who one is and what of a cluster one may see: STS, EKS and IAM. Throws `region-missing`,
   * `profile-unknown`.
   */
  account(place: AwsPlace): Promise<AccountApi>;
}

/** Whose credentials are used, and where. Left out, the environment and the AWS config files decide. */
export interface AwsPlace {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  /** What said the two above: `flag --region`, `hotpass.yaml` … */
  readonly origins?:
    | { readonly profile?: string | undefined; readonly region?: string | undefined }
    | undefined;
  /** ARN of a role that these credentials take on; by default they are used as they are. */
  readonly roleArn?: string | undefined;
  /** Read anew whenever credentials are looked for. Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The calls of Systems Manager that a tunnel takes. Each throws a HotpassError: `credentials-missing`,
 * `credentials-expired`, `sso-expired`, `access-denied`, `aws-unreachable`, `aws-throttled`, `aws-failed`, and what is
 * named beside it.
 */
export interface SsmApi {
  /** Region that the calls go to, as `eu-west-1`. */
  readonly region: string;
  /** Host that the calls go to: the service's own, or what AWS_ENDPOINT_URL names. */
  readonly endpoint: URL;
  /** Connects to AWS, also the sockets of sessions; undefined where node's own way does. */
  readonly agent?: Agent | undefined;
  /** Starts a session. Throws `instance-not-connected`, `instance-unknown`, `document-missing` too. */
  startSession(start: StartSession, signal: AbortSignal): Promise<StartedSession>;
  /** Gives a new token for a session; undefined when the session is over. */
  resumeSession(sessionId: string, signal: AbortSignal): Promise<ResumedSession | undefined>;
  /** Ends a session; also resolves when it was over already. */
  terminateSession(sessionId: string, signal: AbortSignal): Promise<void>;
  /** Lists managed instances that have all of these values, all pages. */
  findInstances(filters: readonly InstanceFilter[], signal: AbortSignal): Promise<readonly Instance[]>;
  /** Lists the caller's sessions that are open. */
  findSessions(signal: AbortSignal): Promise<readonly ActiveSession[]>;
}

export interface StartSession {
  /** `i-…`, `mi-…` or `ecs:CLUSTER_TASK_RUNTIME`. */
  readonly target: string;
  readonly document: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly reason: string;
}

export interface StartedSession {
  readonly sessionId: string;
  readonly streamUrl: string;
  /** Secret. */
  readonly token: string;
}

interface ResumedSession {
  /** Where the service says one; the old address holds otherwise. */
  readonly streamUrl: string | undefined;
  /** Secret. */
  readonly token: string;
}

export interface InstanceFilter {
  /** As DescribeInstanceInformation takes it: `InstanceIds`, `tag:Name`, `PingStatus` … */
  readonly key: string;
  readonly values: readonly string[];
}

/** A managed instance. */
export interface Instance {
  readonly id: string;
  readonly name: string | undefined;
  readonly isOnline: boolean;
  readonly agentVersion: string | undefined;
  readonly platform: string | undefined;
}

export interface ActiveSession {
  readonly sessionId: string;
  readonly target: string;
  readonly reason: string | undefined;
}

/**
 * The calls that tell who one is and what a cluster is. Each throws a HotpassError, with the codes of `SsmApi` and
 * `clock-off`, `role-refused`, `credential-process-failed`, and what is named beside it.
 */
export interface AccountApi {
  /** Region that the calls go to, as `eu-west-1`. */
  readonly region: Sourced;
  /** Profile that gives the credentials; undefined where the environment itself holds them. */
  readonly profile: Sourced | undefined;
  /** Settings that are there and not used, in words: `AWS_DEFAULT_REGION=us-east-1 is set and not used`. */
  readonly ignored: readonly string[];
  /** Finds the credentials, without a call to any service that does not give them. */
  findCredentials(signal: AbortSignal): Promise<FoundCredentials>;
  getCallerIdentity(signal: AbortSignal): Promise<CallerIdentity>;
  /** Throws `cluster-unknown`. */
  describeCluster(name: string, signal: AbortSignal): Promise<Cluster>;
  /** Lists the principals that have an access entry, all pages. */
  listAccessEntries(cluster: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Gives undefined where there is none. */
  describeAccessEntry(
    cluster: string,
    principalArn: string,
    signal: AbortSignal,
  ): Promise<AccessEntry | undefined>;
  /** Gives undefined where the account has no provider with this ARN. */
  getOidcProvider(arn: string, signal: AbortSignal): Promise<OidcProvider | undefined>;
  /** Gives undefined where there is no such role; `name` without a path. */
  getRole(name: string, signal: AbortSignal): Promise<IamRole | undefined>;
  /** Makes a token that the Kubernetes API of an EKS cluster takes: a signed question to STS, made without a call. */
  makeClusterToken(cluster: string, signal: AbortSignal): Promise<ClusterToken>;
  /**
   * How far the services' clock is ahead of ours, in milliseconds, by the Date of the latest answer; undefined before
   * there was one.
   */
  clockOffsetMs(): number | undefined;
}

/** A setting, and what said it: `flag --profile`, `AWS_PROFILE`, `profile staging` … */
export interface Sourced {
  readonly value: string;
  readonly origin: string;
}

/** What is known of credentials; nothing of it is secret. */
export interface FoundCredentials {
  /** Where they come from. */
  readonly provider:
    | 'environment'
    | 'profile'
    | 'sso'
    | 'login'
    | 'process'
    | 'assumed-role'
    | 'web-identity'
    | 'container'
    | 'instance';
  readonly profile: string | undefined;
  /** When they end; undefined for keys that do not. */
  readonly expiresAt: Date | undefined;
  /** When the login of IAM Identity Center behind them ends: until then they are made anew. Undefined for others. */
  readonly loginExpiresAt: Date | undefined;
}

/** Who one is for AWS. */
export interface CallerIdentity {
  /** 12 digits. */
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
}

/** An EKS cluster. */
export interface Cluster {
  readonly name: string;
  readonly arn: string;
  /** CREATING, ACTIVE, UPDATING, DELETING, FAILED, PENDING, or a word that is newer than this. */
  readonly status: string;
  /** Of Kubernetes, as `1.33`. */
  readonly version: string | undefined;
  readonly platformVersion: string | undefined;
  /** Undefined while it is made. */
  readonly endpoint: URL | undefined;
  readonly isPublic: boolean;
  readonly isPrivate: boolean;
  /** Who reaches a public endpoint. */
  readonly publicCidrs: readonly string[];
  /** Certificate of its own authority, PEM. */
  readonly ca: string | undefined;
  readonly issuer: string | undefined;
  /** CONFIG_MAP, API_AND_CONFIG_MAP or API. */
  readonly authenticationMode: string | undefined;
  readonly healthIssues: readonly { readonly code: string; readonly message: string }[];
}

/** What EKS lets a principal do. */
export interface AccessEntry {
  readonly principalArn: string;
  /** STANDARD, or of a kind of node. */
  readonly type: string;
  readonly username: string | undefined;
  readonly groups: readonly string[];
  /** Policies of EKS with their scope: `cluster`, or namespaces; undefined where listing them is not permitted. */
  readonly policies:
    | readonly { readonly arn: string; readonly namespaces: readonly string[] | undefined }[]
    | undefined;
}

/** An OIDC provider that the account trusts. */
export interface OidcProvider {
  readonly arn: string;
  /** Host and path, without https://. */
  readonly url: string;
  readonly audiences: readonly string[];
}

/** A role of the account. */
export interface IamRole {
  readonly arn: string;
  readonly name: string;
  /** The document as JSON text. */
  readonly trustPolicy: string;
}

/** Good for a quarter of an hour. */
export interface ClusterToken {
  /** Secret. */
  readonly token: string;
  readonly expiresAt: Date;
}
