import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { portOf } from './ports.ts';

/** An answer of the stand-in: JSON for EKS, XML for STS and IAM; headers may set another Date. */
export interface CannedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object | string;
}

/** A service of AWS that gives answers out of a table and knows nothing. */
export interface CannedAws {
  readonly url: string;
  /** Each request, by its action or as `GET /path`, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Starts it; `answer` is asked by the action (STS, IAM) or by `GET /clusters/x`, and says undefined to never answer. */
export async function startCannedAws(
  answer: (asked: string, body: string) => CannedAnswer | undefined,
): Promise<CannedAws> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const what = /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? `${request.method} ${request.url}`;
    asked.push(what);
    const known = answer(what, body);
    if (known === undefined) return;
    response.writeHead(known.status ?? 200, { ...known.headers });
    response.end(typeof known.body === 'string' ? known.body : JSON.stringify(known.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Writes an answer of STS or IAM. */
export function xmlAnswer(action: string, result: string): CannedAnswer {
  return { body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>` };
}

/** Writes an error of STS or IAM. */
export function xmlError(code: string, message: string, status = 403): CannedAnswer {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}

/** Writes an error of EKS. */
export function jsonError(type: string, message: string, status = 400): CannedAnswer {
  return { status, headers: { 'x-amzn-errortype': type }, body: { message } };
}
