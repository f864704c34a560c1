import type { Wanted } from './authorize.ts';

/** An answer of the API server: a body that is a text goes as plain text, anything else as JSON. */
export interface KubeReply {
  readonly status: number;
  readonly body: unknown;
}

/** Answers that the server does not know who asks. */
export function unauthorized(): KubeReply {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

/** Answers that who asks may not do what was asked. */
export function forbidden(username: string, wanted: Wanted): KubeReply {
  if (wanted.kind === 'path')
    return failure(
      403,
      'Forbidden',
      `forbidden: User "${username}" cannot ${wanted.verb} path "${wanted.path}"`,
      {},
    );
  const { verb, group, resource, name, namespace } = wanted;
  const what = qualified(resource, group);
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return failure(
    403,
    'Forbidden',
    `${what}${name === undefined ? '' : ` "${name}"`} is forbidden: User "${username}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    detailsOf(wanted),
  );
}

/** Answers that there is no object with this name. */
export function notFound(wanted: Wanted & { readonly kind: 'resource' }): KubeReply {
  const what = qualified(wanted.resource.split('/')[0] ?? '', wanted.group);
  return failure(404, 'NotFound', `${what} "${wanted.name ?? ''}" not found`, detailsOf(wanted));
}

/** Answers that the server has nothing under this path. */
export function noSuchPath(): KubeReply {
  return { status: 404, body: '404 page not found\n' };
}

/** Answers that a body makes no sense. */
export function badRequest(message: string): KubeReply {
  return failure(400, 'BadRequest', message);
}

/** Answers as a server that is broken does. */
export function internalError(status: number): KubeReply {
  return failure(
    status,
    status === 503 ? 'ServiceUnavailable' : 'InternalError',
    'Internal error occurred: rehearsed fault',
  );
}

function failure(code: number, reason: string, message: string, details?: object): KubeReply {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason };
  return { status: code, body: { ...status, ...(details === undefined ? {} : { details }), code } };
}

function detailsOf({ name, group, resource }: Wanted & { readonly kind: 'resource' }) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource.split('/')[0],
  };
}

function qualified(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}
