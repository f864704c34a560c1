import type { Environment } from '../../../system.ts';

/**
 * Finds the proxy that a host is to be reached through, as curl reads HTTPS_PROXY, ALL_PROXY and NO_PROXY; undefined
 * where there is none, and for this machine itself.
 */
export function findProxy(env: Environment, host: string): URL | undefined {
  const read = (name: string) => env[name.toLowerCase()] || env[name];
  const text = read('HTTPS_PROXY') || read('ALL_PROXY');
  if (!text || isExempt(host.toLowerCase(), read('NO_PROXY') ?? '')) return undefined;
  const url = text.includes('://') ? text : `http://${text}`;
  // socks is another language; a proxy that cannot be read is left to fail where it is used.
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? new URL(url) : undefined;
}

function isExempt(host: string, exempt: string): boolean {
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true;
  return exempt
    .split(/[\s,]+/)
    .map((entry) =>
      entry
        .toLowerCase()
        .replace(/^\*?\./, '')
        .replace(/:\d+$/, ''),
    )
    .some((entry) => entry !== '' && (entry === '*' || host === entry || host.endsWith(`.${entry}`)));
}
