import type { RehearsedCluster, RehearsedOidcProvider, RehearsedRole } from './account.ts';
import { type LoginAnswer, SERVICES, type ServiceName, type Standing } from './fault-board.ts';
import { clusterKey, type World } from './world.ts';

/** Everything that can be done to an account at run time. Arguments are plain data: a test may be another process. */
export interface AwsControls {
  /**
   * Treats a caller from now on, in all services, as one whose credentials have expired, who may do nothing, whom
   * nobody knows, or as good.
   */
  setStanding(accessKeyId: string, standing: Standing): void;
  /** Denies an action to everybody, `eks:DescribeCluster` or `iam:*`, or allows it again. */
  setForbidden(action: string, isForbidden: boolean): void;
  /** Answers the next calls of a service with its word for too many. */
  throttle(service: ServiceName, times: number): void;
  /** Answers so many milliseconds after the request from now on; without a service, in all of them. */
  setDelay(ms: number, service?: ServiceName): void;
  /** Takes requests and never answers them, from now on or no more; without a service, in all of them. */
  setHanging(isHanging: boolean, service?: ServiceName): void;
  /** Lets the clock of all services be ahead of the machine's by so many milliseconds. */
  shiftClock(ms: number): void;
  /** What a person does from now on whose login is asked for. Default: confirms it. */
  setLogin(answer: LoginAnswer): void;
  /** Tells the next polls for a login that they come too fast. */
  slowDown(times: number): void;
  /** Ends all logins: their tokens are good for nothing. */
  endLogins(): void;
  /** Lets the codes of logins that wait for a person expire. */
  expireDeviceCodes(): void;
  /** Adds a cluster, or puts it in the place of the one with its region and name. */
  setCluster(cluster: RehearsedCluster): void;
  /** Adds a role, or puts it in the place of the one with its name. */
  setRole(role: RehearsedRole): void;
  /** Adds an OIDC provider, or puts it in the place of the one with its url. */
  setOidcProvider(provider: RehearsedOidcProvider): void;
}

/** Makes the controls. */
export function createAwsControls({ faults, clusters, roles, oidcProviders, logins }: World): AwsControls {
  const each = (service: ServiceName | undefined, act: (one: ServiceName) => void) => {
    for (const one of service === undefined ? SERVICES : [service]) act(one);
  };
  return {
    setStanding: (accessKeyId, standing) => void faults.standings.set(accessKeyId, standing),
    setForbidden(action, isForbidden) {
      if (isForbidden) faults.forbidden.add(action);
      else faults.forbidden.delete(action);
    },
    throttle: (service, times) => void faults.callsToThrottle.set(service, times),
    setDelay: (ms, service) => each(service, (one) => faults.delays.set(one, ms)),
    setHanging(isHanging, service) {
      each(service, (one) => (isHanging ? faults.hanging.add(one) : faults.hanging.delete(one)));
    },
    shiftClock(ms) {
      faults.clockShiftMs = ms;
    },
    setLogin(answer) {
      faults.login = answer;
    },
    slowDown(times) {
      faults.slowDowns = times;
    },
    endLogins() {
      logins.accessTokens.clear();
      logins.refreshTokens.clear();
    },
    expireDeviceCodes() {
      for (const [code, device] of logins.devices) logins.devices.set(code, { ...device, expiresAt: 0 });
    },
    setCluster: (cluster) => void clusters.set(clusterKey(cluster), cluster),
    setRole: (role) => void roles.set(role.name, role),
    setOidcProvider: (provider) => void oidcProviders.set(provider.url, provider),
  };
}
