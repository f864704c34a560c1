import { createPublicKey, verify } from 'node:crypto';
import { member, parseJson, textAt } from '../ssm/json.ts';
import type { RehearsedOidcProvider } from './account.ts';
import { serviceTime } from './admission.ts';
import { findRole, giveKeys } from './assume-role.ts';
import type { Parameters, Tree } from './query-protocol.ts';
import { ServiceError } from './refusal.ts';
import { permits } from './trust.ts';
import type { World } from './world.ts';

const DENIED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';

/** Gives temporary keys of a role to whoever brings a token of an issuer that the account trusts. */
export function assumeRoleWithWebIdentity(world: World, parameters: Parameters): Tree {
  const { role } = findRole(world, parameters);
  const token = parameters.get('WebIdentityToken') ?? '';
  const [head = '', body = ''] = token.split('.');
  const claims = readPart(body);
  const issuer = (textAt(claims, 'iss') ?? '').replace(/^https:\/\//, '');
  const provider = world.oidcProviders.get(issuer);
  if (textAt(claims, 'iss') === undefined)
    throw bad(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  if (provider === undefined)
    throw bad(`No OpenIDConnect provider found in your account for https://${issuer}`);
  verifyToken(provider, token, readPart(head));
  const expires = Number(member(claims, 'exp'));
  if (expires * 1000 < serviceTime(world.faults))
    throw new ServiceError(
      400,
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(serviceTime(world.faults) / 1000)} must be before the expiration date/time ${expires}`,
    );
  const audiences = [member(claims, 'aud')].flat().filter((one) => typeof one === 'string');
  const known = provider.audiences ?? ['sts.amazonaws.com'];
  if (!audiences.some((one) => known.includes(one))) throw bad('Incorrect token audience');
  const subject = textAt(claims, 'sub') ?? '';
  const who = {
    principals: [`arn:aws:iam::${world.id}:oidc-provider/${issuer}`],
    conditions: new Map([
      [`${issuer}:sub`.toLowerCase(), [subject]],
      [`${issuer}:aud`.toLowerCase(), audiences],
    ]),
  };
  const isForbidden = world.faults.forbidden.has('sts:AssumeRoleWithWebIdentity');
  if (isForbidden || role === undefined || !permits(role.trustPolicy, 'AssumeRoleWithWebIdentity', who))
    throw new ServiceError(403, 'AccessDenied', DENIED);
  const { keys, session } = giveKeys(world, role, parameters, false);
  return {
    Credentials: keys,
    SubjectFromWebIdentityToken: subject,
    AssumedRoleUser: session,
    Provider: `arn:aws:iam::${world.id}:oidc-provider/${issuer}`,
    Audience: audiences[0],
  };
}

/** Issuers of clusters and of GitHub sign with RS256. */
function verifyToken({ keys = [] }: RehearsedOidcProvider, token: string, head: unknown): void {
  if (keys.length === 0)
    throw new ServiceError(
      400,
      'IDPCommunicationError',
      'Unable to communicate with the identity provider to retrieve verification keys',
    );
  const [header = '', body = '', sum = ''] = token.split('.');
  const key = keys.find((one) => textAt(one, 'kid') === textAt(head, 'kid'));
  const jwk = Object.fromEntries(Object.entries(Object(key)).map(([name, value]) => [name, String(value)]));
  const isGood =
    key !== undefined &&
    verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${body}`),
      createPublicKey({ key: jwk, format: 'jwk' }),
      Buffer.from(sum, 'base64url'),
    );
  if (!isGood)
    throw bad(
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
}

function readPart(part: string): unknown {
  return parseJson(Buffer.from(part, 'base64url').toString('utf8'));
}

function bad(message: string): ServiceError {
  return new ServiceError(400, 'InvalidIdentityToken', message);
}
