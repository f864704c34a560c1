import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came over the wire. */
export interface AwsRequest {
  readonly method: string;
  /** Without the query, still encoded. */
  readonly path: string;
  /** Decoded, in order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Reads a request line. */
export function readRequest(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): AwsRequest {
  const [path = '/', query = ''] = url.split('?');
  return { method, path: path === '' ? '/' : path, query: readPairs(query), headers, body };
}

/** Gives what a form or a query says. */
export function readPairs(text: string): readonly (readonly [name: string, value: string])[] {
  return text
    .split('&')
    .filter((one) => one !== '')
    .map((one) => {
      const [name = '', ...value] = one.split('=');
      return [decode(name), decode(value.join('='))] as const;
    });
}

/** Gives a parameter of the query. */
export function queryAt({ query }: Pick<AwsRequest, 'query'>, name: string): string | undefined {
  return query.find(([one]) => one === name)?.[1];
}

/** Gives a header. */
export function headerAt({ headers }: Pick<AwsRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** Decodes what stands in a path or a query. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded at all: then no signature over it can be right either.
    return text;
  }
}
