import { shown } from './stranger.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '0.0.0.0', '[::]']);

/**
 * Says what to change when the browser page of a Prefect server, opened at `local`, would call another address:
 * the page loads and then shows nothing. Undefined when it would call the same one.
 */
export function warnOfUiAddress(apiUrl: string | undefined, local: string): string | undefined {
  const here = `http://${local}`;
  if (apiUrl === undefined || !URL.canParse(apiUrl, here) || !URL.canParse(here)) return undefined;
  const called = new URL(apiUrl, here);
  const opened = new URL(here);
  if (origin(called) === origin(opened)) return undefined;
  const isOnThisMachine = called.protocol === 'http:' && isLoopback(called) && isLoopback(opened);
  const ways = [
    ...(isOnThisMachine ? [`use local port ${portOf(called)}`] : []),
    'set PREFECT_SERVER_UI_API_URL (before 3.0: PREFECT_UI_API_URL) on the server',
  ];
  return `the web UI at ${here} will call ${shown(called.href)}: ${ways.join(', or ')}`;
}

function origin(url: URL): string {
  return `${url.protocol}//${isLoopback(url) ? 'localhost' : url.hostname}:${portOf(url)}`;
}

function isLoopback(url: URL): boolean {
  return LOOPBACK.has(url.hostname);
}

function portOf(url: URL): string {
  return url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
}
