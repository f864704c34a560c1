import {
  DEFAULT_ACCOUNT_ID,
  DEFAULT_CALLER,
  DEFAULT_REGION,
  type RehearsedAccount,
  type RehearsedCluster,
  type RehearsedOidcProvider,
  type RehearsedRole,
  type RehearsedSso,
} from './account.ts';
import { accountOf, type Caller, type Callers, createCallers } from './callers.ts';
import { createFaultBoard, type FaultBoard } from './fault-board.ts';
import { createLogins, type Logins } from './logins.ts';
import { Refusal } from './refusal.ts';

/** An account as its services see it; all of it can be changed while it runs. */
export interface World {
  readonly id: string;
  readonly callers: Callers;
  readonly faults: FaultBoard;
  readonly roles: Map<string, RehearsedRole>;
  /** By region and name: `eu-west-1/hotpass-staging`. */
  readonly clusters: Map<string, RehearsedCluster>;
  /** By host and path. */
  readonly oidcProviders: Map<string, RehearsedOidcProvider>;
  readonly sso: RehearsedSso | undefined;
  readonly logins: Logins;
  /** How many entries a page has at most; undefined: what was asked for. */
  readonly pageSize: number | undefined;
}

/** Makes the world of an account. */
export function createWorld(account: RehearsedAccount, pageSize: number | undefined): World {
  return {
    id: account.id ?? DEFAULT_ACCOUNT_ID,
    callers: createCallers(account.callers ?? [DEFAULT_CALLER]),
    faults: createFaultBoard(),
    roles: new Map((account.roles ?? []).map((one) => [one.name, one])),
    clusters: new Map((account.clusters ?? []).map((one) => [clusterKey(one), one])),
    oidcProviders: new Map((account.oidcProviders ?? []).map((one) => [one.url, one])),
    sso: account.sso,
    logins: createLogins(account.sso?.accessTokens ?? []),
    pageSize,
  };
}

/** Gives what a cluster is found by. */
export function clusterKey({ name, region }: Pick<RehearsedCluster, 'name' | 'region'>): string {
  return `${region ?? DEFAULT_REGION}/${name}`;
}

/** Gives the ARN of a role. */
export function roleArn(world: World, { name, path }: RehearsedRole): string {
  const isSso = name.startsWith('AWSReservedSSO_');
  return `arn:aws:iam::${world.id}:role${path ?? (isSso ? '/aws-reserved/sso.amazonaws.com/' : '/')}${name}`;
}

/** Tells whether a caller is of this account; others see nothing that is in it. */
export function isAtHome(world: World, caller: Caller): boolean {
  return accountOf(caller.arn) === world.id;
}

/** Throws a Refusal where a caller may not do this; `resource` is as the service's own words name it. */
export function authorize(world: World, caller: Caller, action: string, resource: string): void {
  const { forbidden, standings } = world.faults;
  const [service] = action.split(':');
  const isDenied =
    forbidden.has(action) ||
    forbidden.has(`${service}:*`) ||
    standings.get(caller.accessKeyId) === 'forbidden';
  if (isDenied)
    throw new Refusal(
      'denied',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    );
}
