/** The services of an account, by the name that signatures have for them; `sso-oidc` and `sso` have none. */
export const SERVICES = ['sts', 'eks', 'iam', 'ssm', 'sso-oidc', 'sso'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** How all services treat a caller. */
export type Standing = 'good' | 'expired' | 'forbidden' | 'unknown';

/** What a person does whose login is asked for. */
export type LoginAnswer = 'confirmed' | 'declined' | 'none';

/** Faults that hold now; all of it can be changed while the account runs. */
export interface FaultBoard {
  readonly standings: Map<string, Standing>;
  /** Actions that nobody is allowed, as `eks:DescribeCluster` or `iam:*`. */
  readonly forbidden: Set<string>;
  readonly callsToThrottle: Map<ServiceName, number>;
  /** Milliseconds from a request to its answer. */
  readonly delays: Map<ServiceName, number>;
  /** Services that take requests and do not answer. */
  readonly hanging: Set<ServiceName>;
  clockShiftMs: number;
  login: LoginAnswer;
  /** CreateToken calls that are still to be told that they come too fast. */
  slowDowns: number;
}

/** Makes a board without faults. */
export function createFaultBoard(): FaultBoard {
  return {
    standings: new Map(),
    forbidden: new Set(),
    callsToThrottle: new Map(),
    delays: new Map(),
    hanging: new Set(),
    clockShiftMs: 0,
    login: 'confirmed',
    slowDowns: 0,
  };
}
