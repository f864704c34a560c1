import { createHash, createHmac } from 'node:crypto';
import { Refusal } from './refusal.ts';
import { type AwsRequest, headerAt, queryAt } from './request.ts';

/** What a request says of its own signature: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
export interface Signature {
  readonly accessKeyId: string;
  /** As `20261121`. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  /** As `20261121T093000Z`. */
  readonly date: string;
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly sum: string;
  readonly sessionToken: string | undefined;
  /** In the query and not in a header. */
  readonly isPresigned: boolean;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const INCOMPLETE = 'Authorization header requires';

/** Reads it, from the header or from the query. Throws a Refusal. */
export function readSignature(request: AwsRequest): Signature {
  const header = headerAt(request, 'authorization');
  const isPresigned = header === undefined;
  if (isPresigned && queryAt(request, 'X-Amz-Signature') === undefined)
    throw new Refusal('unsigned', 'Request is missing Authentication Token');
  const parts = isPresigned ? undefined : readHeader(header);
  const find = (inHeader: string, inQuery: string) => {
    const found = isPresigned ? queryAt(request, inQuery) : parts?.get(inHeader);
    if (found === undefined || found === '')
      throw new Refusal('incomplete', `${INCOMPLETE} '${inHeader}' parameter. Authorization=${ALGORITHM}`);
    return found;
  };
  const [accessKeyId, day, region, service, end, ...more] = find('Credential', 'X-Amz-Credential').split('/');
  const date = isPresigned ? queryAt(request, 'X-Amz-Date') : headerAt(request, 'x-amz-date');
  if (accessKeyId === undefined || day === undefined || region === undefined || service === undefined)
    throw new Refusal('incomplete', `Credential must have exactly 5 slash-delimited elements`);
  if (end !== 'aws4_request' || more.length > 0)
    throw new Refusal('incomplete', 'Credential should be scoped with a valid terminator: "aws4_request"');
  if (date === undefined || !/^\d{8}T\d{6}Z$/.test(date))
    throw new Refusal('incomplete', `${INCOMPLETE} existence of either a 'X-Amz-Date' or a 'Date' header.`);
  return {
    accessKeyId,
    day,
    region,
    service,
    date,
    signedHeaders: find('SignedHeaders', 'X-Amz-SignedHeaders').split(';'),
    sum: find('Signature', 'X-Amz-Signature'),
    sessionToken: isPresigned
      ? queryAt(request, 'X-Amz-Security-Token')
      : headerAt(request, 'x-amz-security-token'),
    isPresigned,
  };
}

/** Tells whether whoever has this secret made the signature. */
export function isSignedWith(secret: string, request: AwsRequest, signature: Signature): boolean {
  const { day, region, service, date } = signature;
  // What is not signed could have been changed on the way.
  if (!signature.signedHeaders.includes('host')) return false;
  const text = [
    ALGORITHM,
    date,
    `${day}/${region}/${service}/aws4_request`,
    hash(canonical(request, signature)),
  ];
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return date.startsWith(day) && hmac(key, text.join('\n')).toString('hex') === signature.sum;
}

function canonical(request: AwsRequest, { signedHeaders, isPresigned }: Signature): string {
  const query = request.query
    .filter(([name]) => !(isPresigned && name === 'X-Amz-Signature'))
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, first], [b, second]) => compare(a, b) || compare(first, second))
    .map((pair) => pair.join('='));
  return [
    request.method,
    // Every service but S3 has what is encoded on the wire encoded once more.
    request.path.split('/').map(encode).join('/'),
    query.join('&'),
    ...signedHeaders.map((name) => `${name}:${trim(headerAt(request, name) ?? '')}`),
    '',
    signedHeaders.join(';'),
    hash(request.body),
  ].join('\n');
}

function readHeader(header: string): Map<string, string> {
  const [algorithm, ...rest] = header.split(' ');
  if (algorithm !== ALGORITHM)
    throw new Refusal('incomplete', `Unsupported AWS 'algorithm': '${algorithm ?? ''}'.`);
  const parts = rest.join('').split(',');
  return new Map(parts.map((part) => [part.split('=')[0] ?? '', part.slice(part.indexOf('=') + 1)]));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function hash(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function trim(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
