import { isLoopback } from '../loopback.ts';
import { shown } from './stranger.ts';

/** What a server listens on to be reached by every address; a browser takes it for its own machine. */
const EVERY_ADDRESS = ['0.0.0.0', '[::]'];

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
  const isOnThisMachine = called.protocol === 'http:' && isHere(called) && isHere(opened);
  const ways = [
    ...(isOnThisMachine ? [`use local port ${portOf(called)}`] : []),
    'set PREFECT_SERVER_UI_API_URL (before 3.0: PREFECT_UI_API_URL) on the server',
  ];
  return `the web UI at ${here} will call ${shown(called.href)}: ${ways.join(', or ')}`;
}

function origin(url: URL): string {
  return `${url.protocol}//${isHere(url) ? 'localhost' : url.hostname}:${portOf(url)}`;
}

function isHere({ hostname }: URL): boolean {
  return isLoopback(hostname) || EVERY_ADDRESS.includes(hostname);
}

function portOf(url: URL): string {
  return url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
}
