import { assumeRole } from './assume-role.ts';
import { assumeRoleWithWebIdentity } from './assume-role-web-identity.ts';
import { accountOf, type Caller, userIdOf } from './callers.ts';
import type { Parameters, Tree } from './query-protocol.ts';
import { Refusal } from './refusal.ts';
import type { SignedBy } from './who-signed.ts';
import type { World } from './world.ts';

/** Says who a caller is. */
export function identityOf({ arn }: Caller): SignedBy {
  return { arn, account: accountOf(arn), userId: userIdOf(arn) };
}

/** Does what STS does. Throws a Refusal or a ServiceError. */
export function performSts(world: World, caller: Caller, action: string, parameters: Parameters): Tree {
  switch (action) {
    case 'GetCallerIdentity':
      return getCallerIdentity(world, caller);
    case 'AssumeRole':
      return assumeRole(world, caller, parameters);
    default:
      throw new Refusal('unknown-operation', `Could not find operation ${action} for version 2011-06-15`);
  }
}

/** Does what STS does for those who have no keys yet; undefined for what wants a signature. */
export function performUnsignedSts(world: World, action: string, parameters: Parameters): Tree {
  return action === 'AssumeRoleWithWebIdentity' ? assumeRoleWithWebIdentity(world, parameters) : undefined;
}

function getCallerIdentity(world: World, caller: Caller): Tree {
  // It takes no permission: what refuses it is the policy of a VPC endpoint.
  if (world.faults.forbidden.has('sts:GetCallerIdentity'))
    throw new Refusal(
      'denied',
      `User: ${caller.arn} is not authorized to perform: sts:GetCallerIdentity because no VPC endpoint policy allows the sts:GetCallerIdentity action`,
    );
  const { arn, userId, account } = identityOf(caller);
  return { Arn: arn, UserId: userId, Account: account };
}
