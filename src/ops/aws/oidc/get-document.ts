import type { IncomingMessage } from 'node:http';
import { type Agent, get } from 'node:https';
import { HotpassError, messageOf } from '../../../errors.ts';
import type { GetDocument } from './asked.ts';

const LONGEST_BYTES = 1024 * 1024;
const HOPS = 3;

/**
 * Makes what gets documents by https, through the proxy and with the certificates of `agent`. A redirect to another host is
 * not followed. What it gives throws `oidc-unreachable`.
 */
export function createDocumentGetter(agent: Agent | undefined): GetDocument {
  const ask = async (url: URL, signal: AbortSignal, hops: number): Promise<string> => {
    const answer = await request(url, agent, signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return readText(answer, url);
    answer.destroy();
    const next = statusCode >= 300 && statusCode < 400 ? parseLocation(headers.location, url) : undefined;
    if (next === undefined) throw unreachable(`${url.href} answers ${statusCode}`);
    if (next.protocol !== 'https:' || next.host !== url.host)
      throw unreachable(`${url.href} leads to another host, ${next.host}, which is not followed`);
    if (hops === 0) throw unreachable(`${url.href} leads in circles`);
    return ask(next, signal, hops - 1);
  };
  return (url, signal) => ask(url, signal, HOPS);
}

function request(url: URL, agent: Agent | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json' };
    get(url, { headers, signal, ...(agent === undefined ? {} : { agent }) }, resolve).once('error', (cause) =>
      reject(unreachable(`${url.href} cannot be read: ${messageOf(cause)}`, cause)),
    );
  });
}

async function readText(answer: IncomingMessage, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) break;
      size += chunk.length;
      if (size > LONGEST_BYTES) throw new Error('it does not end');
      chunks.push(chunk);
    }
  } catch (cause) {
    throw unreachable(`${url.href} cannot be read: ${messageOf(cause)}`, cause);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseLocation(location: string | undefined, from: URL): URL | undefined {
  return location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

function unreachable(message: string, cause?: unknown): HotpassError {
  return new HotpassError('oidc-unreachable', message, cause === undefined ? {} : { cause });
}
