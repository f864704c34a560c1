import { type IncomingMessage, request } from 'node:http';
import { printable } from '../../../printable.ts';
import type { ProbeRun } from '../probe.ts';
import { CLOSED, describeBreak, openStream } from './open-stream.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
const HEADERS_LIMIT_BYTES = 16 * 1024;
const FIRST_WORDS_CHARS = 40;
const TLS_ALERT = 0x15;

/** What came back for one GET. */
export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Foreign text: pass it through `printable` before it is shown. */
      readonly server: string;
      readonly location: string;
      /** At most 64 KiB; foreign text too. */
      readonly body: string;
      /** Milliseconds since the probe began. */
      readonly ms: number;
    }
  | { readonly kind: 'nothing'; readonly reason: string };

/**
 * Asks for one path over a new stream, without keep-alive and without following redirects, and reads at most 64 KiB,
 * or, for `head`, nothing of the body.
 * Never rejects; the stream is destroyed in every case.
 */
export async function httpGet(run: ProbeRun, path: string, want: 'body' | 'head' = 'body'): Promise<Answer> {
  let destroy = () => {};
  try {
    const stream = await openStream(run);
    destroy = () => stream.destroy();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({
        createConnection: () => stream,
        method: 'GET',
        path,
        headers: { host: run.service.local, accept: 'application/json, */*;q=0.5', connection: 'close' },
        maxHeaderSize: HEADERS_LIMIT_BYTES,
      });
      asked.once('response', resolve);
      // A server that changes the protocol does not answer the question, and would hold the stream.
      asked.once('upgrade', (answer) => resolve(answer));
      asked.on('error', reject);
      asked.once('close', () => reject(new Error('closed')));
      // A stream that was closed before the request got hold of it tells the request nothing.
      if (stream.destroyed) reject(stream.errored ?? new Error('closed'));
      asked.end();
    });
    const body = want === 'head' ? '' : await readBody(response);
    return {
      kind: 'answer',
      status: response.statusCode ?? 0,
      server: text(response.headers.server),
      location: text(response.headers.location),
      body,
      ms: run.elapsed(),
    };
  } catch (error) {
    return { kind: 'nothing', reason: describeSilence(error) };
  } finally {
    destroy();
  }
}

/** Reads to the limit, the end or the break: the status has been said already, so a cut body is still an answer. */
async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) break;
      chunks.push(chunk);
      size += chunk.length;
      if (size >= BODY_LIMIT_BYTES) break;
    }
  } catch {
    // A server that breaks off has shown what it is by then; the callers compare what there is.
  }
  return Buffer.concat(chunks).subarray(0, BODY_LIMIT_BYTES).toString('utf8');
}

function text(header: string | string[] | undefined): string {
  return header === undefined ? '' : String(header);
}

function describeSilence(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'HPE_HEADER_OVERFLOW') return 'another service answers: its HTTP headers do not end';
  if (code.startsWith('HPE_')) return describeGarbage(error);
  if (error instanceof Error && error.message === 'closed') return CLOSED;
  return describeBreak(error);
}

function describeGarbage(error: unknown): string {
  const packet = error instanceof Error && 'rawPacket' in error ? error.rawPacket : undefined;
  // HPE_INVALID_EOF_STATE: the far side ended in the middle of its answer.
  if (!Buffer.isBuffer(packet) || packet.length === 0)
    return 'another service answers, and breaks off in its HTTP answer';
  if (packet[0] === TLS_ALERT) return 'the service wants TLS, and the probe speaks plain HTTP';
  const [firstLine = ''] = packet.toString('latin1').split(/\r?\n/);
  const words = printable(firstLine.slice(0, FIRST_WORDS_CHARS));
  return `another service answers, not in HTTP: ${words}`;
}
