import { randomBytes } from 'node:crypto';
import type { Authority } from './certificates.ts';
import { type Front, startFront } from './front.ts';
import { createFrontFaults, type FrontFaults } from './front-faults.ts';
import type { ServiceTokens } from './service-tokens.ts';
import { internalError, type KubeReply, noSuchPath } from './status.ts';

/** The public side of a cluster's OIDC issuer. */
export interface Issuer {
  /** As `https://127.0.0.1:41000/id/…`. */
  readonly url: string;
  readonly front: Front;
  readonly faults: FrontFaults;
  /** What its documents say in place of what is right. */
  readonly lies: IssuerLies;
}

/** Faults of an issuer's documents that hold now. */
interface IssuerLies {
  /** Issuer that the document names; undefined: the right one. */
  issuer: string | undefined;
  /** There are no keys, or keys of somebody else. */
  keys: 'none' | 'others' | undefined;
}

/** Starts an issuer. Documents: OpenID Connect Discovery 1.0, section 4, as EKS fills them. */
export async function startIssuer(authority: Authority, tokens: ServiceTokens): Promise<Issuer> {
  const faults = createFrontFaults();
  const lies: IssuerLies = { issuer: undefined, keys: undefined };
  const path = `/id/${randomBytes(16).toString('hex').toUpperCase()}`;
  let url = '';
  const front = await startFront({
    authority,
    names: ['127.0.0.1', 'localhost'],
    faults,
    answer({ method, target }): KubeReply {
      if (faults.status !== undefined) return internalError(faults.status);
      if (method !== 'GET') return noSuchPath();
      if (target === `${path}/.well-known/openid-configuration`)
        return { status: 200, body: describe(lies.issuer ?? url, url) };
      if (target === `${path}/keys`) return { status: 200, body: { keys: keysOf(tokens, lies) } };
      return noSuchPath();
    },
  });
  url = `https://127.0.0.1:${front.port}${path}`;
  return { url, front, faults, lies };
}

function describe(issuer: string, url: string) {
  return {
    issuer,
    jwks_uri: `${url}/keys`,
    authorization_endpoint: 'urn:kubernetes:programmatic_authorization',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    claims_supported: ['sub', 'iss'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function keysOf(tokens: ServiceTokens, { keys }: IssuerLies): readonly object[] {
  if (keys === 'none') return [];
  return tokens.keys().map((key) => (keys === 'others' ? { ...key, kid: '0'.repeat(40) } : key));
}
