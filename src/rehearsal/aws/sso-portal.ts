import { createHash } from 'node:crypto';
import { serviceTime } from './admission.ts';
import type { Caller, IssuedKeys } from './callers.ts';
import { ServiceError } from './refusal.ts';
import { type AwsRequest, headerAt, queryAt } from './request.ts';
import type { World } from './world.ts';

const KEYS_SECONDS = 3600;

/** Gives keys of a permission set to whoever has logged in. Throws a ServiceError. */
export function getRoleCredentials(world: World, request: AwsRequest, onCaller: (caller: Caller) => void) {
  const token = headerAt(request, 'x-amz-sso_bearer_token') ?? '';
  const now = serviceTime(world.faults);
  if ((world.logins.accessTokens.get(token) ?? 0) < now)
    throw new ServiceError(401, 'UnauthorizedException', 'Session token not found or invalid');
  const [account, permissionSet] = [queryAt(request, 'account_id'), queryAt(request, 'role_name') ?? ''];
  const { sso } = world;
  const isAssigned = sso?.assignments.some(
    (one) => one.account === account && one.permissionSet === permissionSet,
  );
  if (account === undefined || !isAssigned || sso === undefined)
    throw new ServiceError(403, 'ForbiddenException', 'No access');
  const role = ssoRoleName(world, permissionSet);
  const arn = `arn:aws:sts::${account}:assumed-role/${role}/${sso.user}`;
  const keys: IssuedKeys = world.callers.issue(arn, now + KEYS_SECONDS * 1000);
  onCaller(keys);
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = keys;
  return { roleCredentials: { accessKeyId, secretAccessKey, sessionToken, expiration: expiresAt } };
}

/** Gives the name of a permission set's role: that of the account, or one with a suffix as AWS makes them. */
function ssoRoleName({ roles }: World, permissionSet: string): string {
  const start = `AWSReservedSSO_${permissionSet}_`;
  const there = [...roles.keys()].find(
    (name) => name.startsWith(start) && /^[0-9a-f]{16}$/.test(name.slice(start.length)),
  );
  return there ?? `${start}${createHash('sha1').update(permissionSet).digest('hex').slice(0, 16)}`;
}
