import type { RehearsedRole } from './account.ts';
import { serviceTime } from './admission.ts';
import { type Caller, roleIdOf } from './callers.ts';
import type { Parameters, Tree } from './query-protocol.ts';
import { Refusal, ServiceError } from './refusal.ts';
import { permits } from './trust.ts';
import { roleArn, type World } from './world.ts';

const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 900;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** Gives temporary keys of a role to somebody whom it trusts. */
export function assumeRole(world: World, caller: Caller, parameters: Parameters): Tree {
  const { role, arn } = findRole(world, parameters);
  const isChained = caller.arn.includes(':assumed-role/');
  const standing = world.faults.standings.get(caller.accessKeyId);
  const isForbidden = standing === 'forbidden' || world.faults.forbidden.has('sts:AssumeRole');
  const claims = { principals: principalsOf(world, caller), conditions: new Map() };
  if (
    isForbidden ||
    role === undefined ||
    !permits(role.trustPolicy ?? trustAll(world), 'AssumeRole', claims)
  )
    throw new Refusal(
      'denied',
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  const { keys, session } = giveKeys(world, role, parameters, isChained);
  return { Credentials: keys, AssumedRoleUser: session };
}

/** Finds the role that a call names; undefined when there is none. Throws a ServiceError for what is no ARN of one. */
export function findRole(
  world: World,
  parameters: Parameters,
): { readonly role: RehearsedRole | undefined; readonly arn: string } {
  const arn = parameters.get('RoleArn') ?? '';
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(arn)) throw invalid(`${arn} is invalid`);
  const role = world.roles.get(arn.split('/').at(-1) ?? '');
  return { role: role !== undefined && roleArn(world, role) === arn ? role : undefined, arn };
}

/** Makes keys of a role, and says whose they are. Throws a ServiceError for a bad name or length of the session. */
export function giveKeys(
  world: World,
  role: RehearsedRole,
  parameters: Parameters,
  isChained: boolean,
): { readonly keys: Tree; readonly session: Tree } {
  const name = parameters.get('RoleSessionName') ?? '';
  if (!SESSION_NAME.test(name))
    throw invalid(
      `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  const arn = `arn:aws:sts::${world.id}:assumed-role/${role.name}/${name}`;
  const seconds = sessionSeconds(role, parameters, isChained);
  const issued = world.callers.issue(arn, serviceTime(world.faults) + seconds * 1000);
  return {
    keys: {
      AccessKeyId: issued.accessKeyId,
      SecretAccessKey: issued.secretAccessKey,
      SessionToken: issued.sessionToken,
      Expiration: new Date(issued.expiresAt).toISOString(),
    },
    session: { AssumedRoleId: `${roleIdOf(role.name)}:${name}`, Arn: arn },
  };
}

function sessionSeconds(role: RehearsedRole, parameters: Parameters, isChained: boolean): number {
  const seconds = Number(parameters.get('DurationSeconds') ?? DEFAULT_SECONDS);
  if (!(seconds >= LEAST_SECONDS))
    throw invalid(
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to ${LEAST_SECONDS}`,
    );
  if (isChained && seconds > DEFAULT_SECONDS)
    throw invalid(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  if (seconds > (role.maxSessionSeconds ?? DEFAULT_SECONDS))
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return seconds;
}

/** All names that a trust policy may call a caller by. */
function principalsOf(world: World, { arn }: Caller): readonly string[] {
  const [, , , , account = ''] = arn.split(':');
  const [, name] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  const role = name === undefined ? undefined : (world.roles.get(name) ?? { name });
  const roles = role === undefined || account !== world.id ? [] : [roleArn(world, role)];
  return [arn, ...roles, account, `arn:aws:iam::${account}:root`];
}

/** What is trusted where nothing else is said. */
export function trustAll(world: World): unknown {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${world.id}:root` },
        Action: 'sts:AssumeRole',
      },
    ],
  };
}

function invalid(message: string): ServiceError {
  return new ServiceError(400, 'ValidationError', message);
}
