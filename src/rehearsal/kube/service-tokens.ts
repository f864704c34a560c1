import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Whom a token speaks for, and to whom. */
interface ServiceTokenWish {
  readonly issuer: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the service account. */
  readonly uid: string;
  readonly audiences: readonly string[];
  /** Seconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** Signs tokens of service accounts with a key of its own. */
export interface ServiceTokens {
  /** Public keys, as a JWKS has them. */
  keys(): readonly Readonly<Record<string, unknown>>[];
  /** Makes a token: a JWT, signed with RS256. */
  make(wish: ServiceTokenWish): string;
}

/** Half of what EKS has: a key of 2048 bits takes a second of a busy machine, and this one is good nowhere else. */
const KEY_BITS = 1024;

/** Makes what signs; its key is made when it is first needed. */
export function createServiceTokens(): ServiceTokens {
  let pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;
  const own = () => {
    pair ??= generateKeyPairSync('rsa', { modulusLength: KEY_BITS });
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const kid = createHash('sha1').update(String(jwk.n)).digest('hex');
    return { privateKey: pair.privateKey, kid, jwk: { ...jwk, use: 'sig', kid, alg: 'RS256' } };
  };
  return {
    keys: () => [own().jwk],
    make(wish) {
      const { privateKey, kid } = own();
      const head = { alg: 'RS256', kid };
      const text = `${base64url(head)}.${base64url(claimsOf(wish))}`;
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
  };
}

function claimsOf({ issuer, namespace, name, uid, audiences, from, to }: ServiceTokenWish) {
  return {
    aud: audiences,
    exp: to,
    iat: from,
    nbf: from,
    iss: issuer,
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
