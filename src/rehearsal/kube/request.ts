import type { Wanted } from './authorize.ts';

/** A request as the API server understands it before it looks at any object. */
export interface KubeRequest {
  readonly wanted: Wanted;
  /** Version of the group, of a resource. */
  readonly version: string;
  /** Query of a list. */
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Reads what a request wants from its method and path, as the API server does.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
export function readRequest(method: string, target: string, body: unknown): KubeRequest {
  const { pathname, searchParams: query } = new URL(target, 'https://kubernetes');
  const verb = VERBS[method] ?? method.toLowerCase();
  const [root, ...parts] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const group = root === 'apis' ? (parts.shift() ?? '') : '';
  const version = parts.shift() ?? '';
  if ((root !== 'api' && root !== 'apis') || parts.length === 0)
    return { wanted: { kind: 'path', verb, path: pathname }, version: '', query, body };
  const isInside = parts[0] === 'namespaces' && parts.length > 2;
  const namespace = isInside ? parts[1] : undefined;
  const [resource = '', name, subresource] = isInside ? parts.slice(2) : parts;
  return {
    wanted: {
      kind: 'resource',
      verb: verb === 'get' && name === undefined ? listVerb(query) : verb,
      group,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      name,
      namespace,
    },
    version,
    query,
    body,
  };
}

function listVerb(query: URLSearchParams): string {
  return ['1', 'true'].includes(query.get('watch') ?? '') ? 'watch' : 'list';
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Kept as it came: no object has such a name.
    return part;
  }
}
