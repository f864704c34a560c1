import { HotpassError } from '../../../errors.ts';

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

/**
 * Translates an error of the way to a service, or the word for one; undefined when it is none. A service whose address
 * is not known is called by words. Pure.
 */
export function explainNetwork(error: unknown, service: URL | string): HotpassError | undefined {
  // With several addresses node throws them together, and the errors of each are inside.
  if (error instanceof AggregateError) return explainNetwork(error.errors[0], service);
  const code = typeof error === 'string' ? error : codeOf(error);
  const words =
    WORDS.get(code) ??
    (isCertificate(code) ? `shows a certificate that is not trusted (${code})` : undefined);
  if (words === undefined) return undefined;
  const name = typeof service === 'string' ? service : service.host;
  return new HotpassError('aws-unreachable', `${name} ${words}`, {
    hint: nextStep(code, service),
    cause: error,
  });
}

/** Finds the word for an error of the network in a text. */
export function networkCode(text: string): string | undefined {
  return [...WORDS.keys()].find((code) => new RegExp(`\\b${code}\\b`).test(text));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function nextStep(code: string, service: URL | string): string {
  if (isCertificate(code)) return 'name the certificates of your proxy: AWS_CA_BUNDLE=FILE';
  if (typeof service === 'string') return 'is the VPN up?';
  if (code === 'ENOTFOUND') return `is the region right, and the VPN up? getent hosts ${service.hostname}`;
  return `is the VPN up? curl -sI ${service.origin}`;
}

function isCertificate(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
}
