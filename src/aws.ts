import type { Agent } from 'node:https';

/** The AWS account as a verb sees it: the door that tests pass their own for. Implemented in `ops/aws`. */
export interface Aws {
  /** Gives a client of Systems Manager. Throws `region-missing`, `profile-unknown`. */
  ssm(place: AwsPlace): Promise<SsmApi>;
}

/** Whose credentials are used, and where. Left out, the environment and the AWS config files decide. */
export interface AwsPlace {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
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
