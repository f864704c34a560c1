import { HotpassError } from '../../errors.ts';

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'has no address'],
  ['EAI_AGAIN', 'has no address now; the name server does not answer'],
  ['ECONNREFUSED', 'refuses connections'],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ENETUNREACH', 'cannot be reached; there is no network'],
  ['ECONNRESET', 'cut the connection'],
  ['EPIPE', 'cut the connection'],
  ['ETIMEDOUT', 'does not answer'],
  ['TimeoutError', 'does not answer'],
]);

/** Translates an error of the way to the service; undefined when it is none. Pure. */
export function unreachable(
  error: unknown,
  { host, region }: { readonly host: string; readonly region: string },
): HotpassError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  // With several addresses node throws them together, and the errors of each are inside.
  const inner = error instanceof AggregateError ? unreachable(error.errors[0], { host, region }) : undefined;
  const words =
    WORDS.get(code) ??
    (isCertificate(code) ? `shows a certificate that is not trusted (${code})` : undefined);
  if (words === undefined) return inner;
  return new HotpassError('aws-unreachable', `${host} ${words}`, {
    hint: nextStep(code, host),
    cause: error,
  });
}

function nextStep(code: string, host: string): string {
  if (isCertificate(code)) return 'name the certificates of your proxy: AWS_CA_BUNDLE=FILE';
  if (code === 'ENOTFOUND') return `is the region right, and the VPN up? getent hosts ${host}`;
  return `is the VPN up? curl -sI https://${host}`;
}

function isCertificate(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
}
