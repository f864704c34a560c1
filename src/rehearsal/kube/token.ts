/** What a token must agree with. */
export interface ReadToken {
  /** Hosts of STS, with a port where it is not the scheme's own; `https` alone is taken of others than loopback. */
  readonly stsHosts: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A question to STS, signed beforehand, as it stands in the token; or why it is none. */
export type TokenReading =
  | { readonly kind: 'question'; readonly url: string }
  | { readonly kind: 'refused'; readonly why: string };

export const CLUSTER_HEADER = 'x-k8s-aws-id';
const PREFIX = 'k8s-aws-v1.';
const MOST_BYTES = 4096;
const GOOD_FOR_MS = 15 * 60_000;
const MOST_EXPIRES_SECONDS = 900;
const KNOWN_KEYS = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/**
 * Reads a bearer token as the verifier of EKS does: all that it refuses before it asks STS is refused here, in its
 * order. Source: https://github.com/kubernetes-sigs/aws-iam-authenticator pkg/token/token.go
 */
export function readToken(token: string, wanted: ReadToken): TokenReading {
  if (Buffer.byteLength(token) > MOST_BYTES) return refused('token is too large');
  if (!token.startsWith(PREFIX)) return refused(`token is missing expected "${PREFIX}" prefix`);
  const text = token.slice(PREFIX.length);
  if (!/^[\w-]*$/.test(text)) return refused('illegal base64 data');
  const decoded = Buffer.from(text, 'base64url').toString();
  if (!URL.canParse(decoded)) return refused('not a URL');
  const url = new URL(decoded);
  const why = faultOfAddress(url, wanted) ?? faultOfQuery(url.searchParams);
  if (why !== undefined) return refused(why);
  const late = faultOfDate(lowered(url.searchParams).get('x-amz-date') ?? '', wanted.now);
  return late === undefined ? { kind: 'question', url: decoded } : refused(late);
}

function faultOfAddress(url: URL, { stsHosts }: ReadToken): string | undefined {
  const isLoopback = url.hostname === '127.0.0.1' || url.hostname === 'localhost';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback))
    return `unexpected scheme "${url.protocol.slice(0, -1)}" in pre-signed URL`;
  if (!stsHosts.includes(url.host)) return `unexpected hostname "${url.host}" in pre-signed URL`;
  return url.pathname === '/' ? undefined : 'unexpected path in pre-signed URL';
}

function faultOfQuery(given: URLSearchParams): string | undefined {
  for (const key of new Set(given.keys())) {
    if (!KNOWN_KEYS.has(key.toLowerCase())) return `non-whitelisted query parameter "${key}"`;
    if (given.getAll(key).length > 1) return 'query parameter with multiple values not supported';
  }
  const query = lowered(given);
  if (query.get('action') !== 'GetCallerIdentity') return 'unexpected action parameter in pre-signed URL';
  const signed = (query.get('x-amz-signedheaders') ?? '').toLowerCase().split(';');
  if (!signed.includes(CLUSTER_HEADER))
    return `client did not sign the ${CLUSTER_HEADER} header in the pre-signed URL`;
  const expires = query.get('x-amz-expires') ?? '';
  const isGood = /^\d+$/.test(expires) && Number(expires) <= MOST_EXPIRES_SECONDS;
  return isGood ? undefined : `invalid X-Amz-Expires parameter in pre-signed URL: ${expires}`;
}

function faultOfDate(date: string, now: number): string | undefined {
  if (date === '') return 'X-Amz-Date parameter must be present in pre-signed URL';
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const at = iso === date ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return `error parsing X-Amz-Date parameter ${date}`;
  return now > at + GOOD_FOR_MS ? 'X-Amz-Date parameter is expired (15 minute expiration)' : undefined;
}

function lowered(query: URLSearchParams): Map<string, string> {
  return new Map([...query].map(([key, value]) => [key.toLowerCase(), value]));
}

function refused(why: string): TokenReading {
  return { kind: 'refused', why };
}
