import type { LinkResult } from '../check/link.ts';
import type { VerifyOidc } from './asked.ts';
import { lookAtDiscovery } from './discovery-part.ts';
import { makeIssuer } from './issuer.ts';
import { lookAtRole } from './look-at-role.ts';
import { joinParts, skippedPart, thrownPart } from './part.ts';
import { planRoles, type RoleCase } from './plan-roles.ts';
import { judgeProvider } from './provider-part.ts';
import { DEFAULT_AUDIENCE, GITHUB_ISSUER } from './token-claims.ts';

/**
 * Looks whether web identity works: the IAM provider of the issuer, its discovery document and keys, and for each role
 * whether its trust policy admits who is to take it on. Gives the links `oidc-provider`, `oidc-discovery` and
 * `oidc-trust`, one of each. Takes two answers in a row, also where the role stands in a service account. Never rejects.
 */
export async function verifyOidc(asked: VerifyOidc): Promise<readonly LinkResult[]> {
  const cases = planRoles(asked.wishes);
  const issuers = findIssuers(cases, asked.cluster?.issuer);
  const [providers, discoveries, roles] = await Promise.all([
    Promise.all([...issuers].map(([address, audiences]) => lookAtProvider(asked, address, audiences))),
    Promise.all(
      [...issuers.keys()].map((address) =>
        lookAtDiscovery(makeIssuer(address, asked.identity), asked.ask, asked.get),
      ),
    ),
    Promise.all(cases.map((one) => lookAtRole(asked, one))),
  ]);
  const noIssuer = [skippedPart('needs: cluster')];
  const noRole = [
    skippedPart('no role is named: --service-account NAMESPACE/NAME, or aws.oidc in hotpass.yaml'),
  ];
  return [
    joinParts('oidc-provider', issuers.size === 0 ? noIssuer : providers),
    joinParts('oidc-discovery', issuers.size === 0 ? noIssuer : discoveries),
    joinParts('oidc-trust', cases.length === 0 ? noRole : roles),
  ];
}

/** The issuers that matter, with the audiences that their providers must take: those of the roles, else the cluster's. */
function findIssuers(
  cases: readonly RoleCase[],
  cluster: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const one of cases) {
    const issuer = one.kind === 'github' ? `https://${GITHUB_ISSUER}` : cluster;
    if (one.kind === 'nobody' || issuer === undefined) continue;
    const audience = one.audience ?? DEFAULT_AUDIENCE;
    found.set(issuer, [...new Set([...(found.get(issuer) ?? []), audience])]);
  }
  if (found.size === 0 && cluster !== undefined) found.set(cluster, [DEFAULT_AUDIENCE]);
  return found;
}

async function lookAtProvider(
  { api, ask, identity, awsFlags }: VerifyOidc,
  address: string,
  audiences: readonly string[],
) {
  const issuer = makeIssuer(address, identity);
  try {
    const provider = await ask('IAM', (signal) => api.getOidcProvider(issuer.providerArn, signal));
    return judgeProvider(issuer, audiences, provider, awsFlags);
  } catch (thrown) {
    return thrownPart(thrown, 'iam:GetOpenIDConnectProvider');
  }
}
