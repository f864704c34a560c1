import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}$/;

/** Gives the access key id that a request is signed with; who signed and for which service, not the sum itself. */
export function signerOf(headers: IncomingHttpHeaders): string {
  if (headers.authorization === undefined)
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const [, accessKeyId, service] = AUTHORIZATION.exec(headers.authorization) ?? [];
  if (accessKeyId === undefined)
    throw new ApiError('IncompleteSignatureException', 'Authorization header is not complete');
  if (service !== 'ssm')
    throw new ApiError('InvalidSignatureException', "Credential should be scoped to correct service: 'ssm'.");
  return accessKeyId;
}
