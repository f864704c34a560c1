import type { PeerCertificate } from 'node:tls';
import { HotpassError, messageOf } from '../../errors.ts';
import { explainNetwork } from '../aws/explain/explain-network.ts';
import type { KubePlace } from './client.ts';

/** Translates what goes wrong before the API answers. */
export function explainConnection(
  error: unknown,
  { server, through }: KubePlace,
  shown: PeerCertificate | undefined,
): HotpassError {
  if (error instanceof HotpassError && error.code !== 'aws-unreachable') return error;
  const code = codeOf(error);
  const where = through === undefined ? server.host : `${through.host}:${through.port} (the forward)`;
  if (isCertificate(code)) return untrusted(error, code, server, where, shown);
  const message =
    error instanceof HotpassError
      ? error.message
      : code === 'EPROTO' || code.startsWith('ERR_SSL')
        ? `${where} does not speak TLS`
        : (explainNetwork(error, where)?.message ?? `${where}: ${messageOf(error)}`);
  return new HotpassError('eks-unreachable', message, { details: { host: server.host }, cause: error });
}

/** What is shown tells who sits between: a proxy that opens TLS names itself as issuer. */
function untrusted(
  cause: unknown,
  code: string,
  server: URL,
  where: string,
  shown: PeerCertificate | undefined,
): HotpassError {
  const seen = {
    subject: first(shown?.subject?.CN),
    issuer: first(shown?.issuer?.CN),
    names: shown?.subjectaltname,
  };
  const why =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `not for ${server.hostname}`
      : code === 'CERT_HAS_EXPIRED'
        ? 'no longer good (CERT_HAS_EXPIRED)'
        : `not of the cluster's authority (${code})`;
  return new HotpassError('eks-tls-untrusted', `${where} shows a certificate that is ${why}`, {
    details: { code, ...seen },
    cause,
  });
}

function first(name: string | string[] | undefined): string | undefined {
  return typeof name === 'string' ? name : name?.[0];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isCertificate(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET|ERR_TLS/.test(code);
}
