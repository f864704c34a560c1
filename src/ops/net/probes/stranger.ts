import { printable } from '../../../printable.ts';
import type { Answer } from './http-get.ts';

type HttpAnswer = Extract<Answer, { kind: 'answer' }>;

const SHOWN_CHARS = 60;

/** Says in words who answers instead of `expected`, from what the answer shows. */
export function describeStranger(answer: HttpAnswer, expected: string): string {
  const status = `HTTP ${answer.status}`;
  const from = answer.server === '' ? status : `${status} with Server: ${shown(answer.server)}`;
  // macOS listens on 5000 and 7000 by default, and answers 403 to everything.
  if (/^AirTunes/i.test(answer.server)) return `answers ${from} (macOS AirPlay), not ${expected}`;
  if (answer.status >= 502 && answer.status <= 504)
    return `answers ${from}: a proxy that finds no ${expected} behind it`;
  if (answer.status >= 300 && answer.status < 400)
    return `answers ${from}: redirects${to(answer.location)}, not ${expected}`;
  if (answer.status === 401 || answer.status === 403) {
    return `answers ${from}: wants a login, and does not say that it is ${expected}`;
  }
  return `another service answers, not ${expected}: ${from}${titled(answer.body)}`;
}

/** Parses JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it is, it is not what the service that we look for would say.
    return undefined;
  }
}

/** Reads one member of a parsed object; undefined when there is no such object or member. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Makes foreign text short and safe to show. */
export function shown(text: string): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS - 3)}...` : line;
}

function titled(body: string): string {
  const title = /<title[^>]{0,200}>([^<]{1,200})/i.exec(body)?.[1]?.trim() ?? '';
  return title === '' ? '' : `, title "${shown(title)}"`;
}

/** The host alone: a redirect to a login page may carry secrets in its query. */
function to(location: string): string {
  return URL.canParse(location) ? ` to ${shown(new URL(location).host)}` : '';
}
