import { trustAll } from './assume-role.ts';
import { type Caller, roleIdOf } from './callers.ts';
import type { Parameters, Tree } from './query-protocol.ts';
import { Refusal, ServiceError } from './refusal.ts';
import { authorize, isAtHome, roleArn, type World } from './world.ts';

const CREATED_AT = '2026-01-01T00:00:00Z';

/** Does what IAM does. Throws a Refusal or a ServiceError. */
export function performIam(world: World, caller: Caller, action: string, parameters: Parameters): Tree {
  switch (action) {
    case 'GetRole':
      return getRole(world, caller, parameters.get('RoleName') ?? '');
    case 'ListOpenIDConnectProviders':
      return listProviders(world, caller);
    case 'GetOpenIDConnectProvider':
      return getProvider(world, caller, parameters.get('OpenIDConnectProviderArn') ?? '');
    default:
      throw new Refusal('unknown-operation', `Could not find operation ${action} for version 2010-05-08`);
  }
}

function getRole(world: World, caller: Caller, name: string): Tree {
  authorize(world, caller, 'iam:GetRole', `role ${name}`);
  const role = isAtHome(world, caller) ? world.roles.get(name) : undefined;
  if (role === undefined) throw noEntity(`The role with name ${name} cannot be found.`);
  const arn = roleArn(world, role);
  return {
    Role: {
      Path: arn.slice(arn.indexOf('role/') + 'role'.length, -name.length),
      RoleName: name,
      RoleId: roleIdOf(name),
      Arn: arn,
      CreateDate: CREATED_AT,
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(role.trustPolicy ?? trustAll(world))),
      MaxSessionDuration: role.maxSessionSeconds ?? 3600,
    },
  };
}

function listProviders(world: World, caller: Caller): Tree {
  authorize(world, caller, 'iam:ListOpenIDConnectProviders', `arn:aws:iam::${world.id}:oidc-provider/*`);
  const urls = isAtHome(world, caller) ? [...world.oidcProviders.keys()] : [];
  return { OpenIDConnectProviderList: urls.map((url) => ({ Arn: providerArn(world, url) })) };
}

function getProvider(world: World, caller: Caller, arn: string): Tree {
  authorize(world, caller, 'iam:GetOpenIDConnectProvider', arn);
  const provider = isAtHome(world, caller)
    ? [...world.oidcProviders.values()].find(({ url }) => providerArn(world, url) === arn)
    : undefined;
  if (provider === undefined) throw noEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return {
    Url: provider.url,
    ClientIDList: provider.audiences ?? ['sts.amazonaws.com'],
    ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
    CreateDate: CREATED_AT,
  };
}

function providerArn(world: World, url: string): string {
  return `arn:aws:iam::${world.id}:oidc-provider/${url}`;
}

function noEntity(message: string): ServiceError {
  return new ServiceError(404, 'NoSuchEntity', message);
}
