import type { ServiceError } from './refusal.ts';
import { type AwsRequest, readPairs } from './request.ts';

/** A tree that becomes XML: a list is a row of `member`. What is undefined is left out. */
export type Tree = string | number | undefined | readonly Tree[] | { readonly [name: string]: Tree };

/** Parameters of a call, of the query or the form. */
export type Parameters = ReadonlyMap<string, string>;

const NAMESPACES = {
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
} as const;
const REQUEST_ID = '00000000-0000-4000-8000-000000000000';

/** Reads the parameters of a call. */
export function readParameters({ method, query, body }: AwsRequest): Parameters {
  // A form may write a space as a plus.
  return new Map(method === 'GET' ? query : readPairs(body.toString('utf8').replaceAll('+', '%20')));
}

/** Writes an answer. */
export function writeResult(service: 'sts' | 'iam', action: string, result: Tree): string {
  return writeXml({
    [`${action}Response xmlns="${NAMESPACES[service]}"`]: {
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: REQUEST_ID },
    },
  });
}

/** Writes an error. */
export function writeError(service: 'sts' | 'iam', { status, code, message }: ServiceError): string {
  const Type = status < 500 ? 'Sender' : 'Receiver';
  return writeXml({
    [`ErrorResponse xmlns="${NAMESPACES[service]}"`]: {
      Error: { Type, Code: code, Message: message },
      RequestId: REQUEST_ID,
    },
  });
}

function writeXml(tree: Tree): string {
  if (tree === undefined) return '';
  if (typeof tree !== 'object') return escapeText(String(tree));
  const entries = Array.isArray(tree) ? tree.map((one) => ['member', one] as const) : Object.entries(tree);
  return entries
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${writeXml(value)}</${name.split(' ')[0]}>`)
    .join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one] ?? one);
}
