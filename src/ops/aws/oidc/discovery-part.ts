import { asHotpassError } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { Ask, GetDocument } from './asked.ts';
import type { Issuer } from './issuer.ts';
import { failedPart, okPart, type Part } from './part.ts';
import { isFields, parseJson } from './trust-policy.ts';

/**
 * Looks whether what STS reads of an issuer can be read, says the same issuer, and leads to keys: two answers, one after
 * the other. That it can be read from here says that the internet can, of what is public; nothing secret is sent.
 */
export async function lookAtDiscovery(issuer: Issuer, ask: Ask, get: GetDocument): Promise<Part> {
  const address = `${issuer.url.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const url = parseHttps(address);
  if (url === undefined) return failedPart('oidc-unreachable', `${address} is no https address`);
  const broken = (code: 'oidc-unreachable' | 'oidc-issuer-differs', saw: string, at = url): Part =>
    failedPart(code, saw, { next: shellCommand(['curl', '-sS', at.href]), facts: { issuer: issuer.url } });
  try {
    const document = parseJson(await ask(`the issuer ${url.host}`, (signal) => get(url, signal)));
    if (!isFields(document)) return broken('oidc-unreachable', `${url.href} is no discovery document`);
    if (document.issuer !== issuer.url) {
      const named = typeof document.issuer === 'string' ? printable(document.issuer) : 'none';
      return broken(
        'oidc-issuer-differs',
        `the discovery document names the issuer ${named}, not ${issuer.url}`,
      );
    }
    const keysUrl = parseHttps(document.jwks_uri);
    if (keysUrl === undefined)
      return broken('oidc-unreachable', 'the discovery document names no keys at an https address');
    const keys = parseJson(await ask(`the keys of ${keysUrl.host}`, (signal) => get(keysUrl, signal)));
    if (!isFields(keys) || !Array.isArray(keys.keys) || keys.keys.length === 0)
      return broken('oidc-unreachable', `${printable(keysUrl.href)} holds no keys`, keysUrl);
    const count = keys.keys.length === 1 ? '1 key' : `${keys.keys.length} keys`;
    return okPart(`${url.host} names the same issuer, ${count}`, {
      facts: { issuer: issuer.url, keysUrl: keysUrl.href, keys: keys.keys.length },
    });
  } catch (thrown) {
    const { message, hint } = asHotpassError(thrown);
    const part = broken('oidc-unreachable', message);
    return hint === undefined ? part : { ...part, evidence: [['try', hint]] };
  }
}

function parseHttps(text: unknown): URL | undefined {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' ? url : undefined;
}
