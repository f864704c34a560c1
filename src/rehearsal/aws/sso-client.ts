import type { Client, Logins } from './logins.ts';
import { ServiceError } from './refusal.ts';

/** Finds a client. Throws a ServiceError when it is none, or has another secret. */
export function requireClient({ clients }: Logins, clientId: string, secret: string | undefined): Client {
  const client = clients.get(clientId);
  if (client === undefined || client.secret !== secret)
    throw oidcError('InvalidClientException', 'Client is not valid');
  return client;
}

/** Makes an error of OAuth: https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html */
export function oidcError(code: string, description: string): ServiceError {
  const word = code
    .replace(/Exception$/, '')
    .replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase();
  const status = code === 'InvalidClientException' ? 401 : 400;
  return new ServiceError(status, code, description, {
    error: code === 'AccessDeniedException' ? 'access_denied' : word,
    error_description: description,
  });
}
