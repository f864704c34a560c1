import type { IncomingMessage } from 'node:http';
import { type Agent, get } from 'node:https';
import type { AwsPlace } from '../../../aws.ts';
import { HotpassError, messageOf } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import type { Environment } from '../../../system.ts';
import { createAgent } from '../connection/agent.ts';
import { readCertificates } from '../connection/certificates.ts';
import { explainNetwork } from '../explain/explain-network.ts';
import { readSettings } from '../settings.ts';
import type { GetDocument } from './asked.ts';

const LONGEST_BYTES = 1024 * 1024;
const HOPS = 3;

/**
 * Makes what gets documents by https: through the proxy of the environment and with the certificates that AWS's settings
 * name, as all calls to AWS. A redirect to another host is not followed. What it gives throws `oidc-unreachable`, and what
 * `createAccountApi` throws of files.
 */
export function createDocumentGetter(env: Environment, place: AwsPlace): GetDocument {
  let found: Promise<Agent | undefined> | undefined;
  const findAgent = async () => createAgent(env, await readCertificates(env, await readSettings(env, place)));
  const ask = async (url: URL, signal: AbortSignal, hops: number): Promise<string> => {
    found ??= findAgent();
    const answer = await request(url, await found, signal);
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
    // STS verifies it too, whatever NODE_TLS_REJECT_UNAUTHORIZED says here.
    const options = { headers, signal, rejectUnauthorized: true, ...(agent === undefined ? {} : { agent }) };
    get(url, options, resolve).once('error', (cause) => reject(unread(url, cause)));
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
    throw unread(url, cause);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseLocation(location: string | undefined, from: URL): URL | undefined {
  return location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

function unread(url: URL, cause: unknown): HotpassError {
  const known = explainNetwork(cause, url);
  const message = known?.message ?? `${url.href} cannot be read: ${printable(messageOf(cause))}`;
  return new HotpassError('oidc-unreachable', message, { hint: known?.hint, cause });
}

function unreachable(message: string): HotpassError {
  return new HotpassError('oidc-unreachable', message);
}
