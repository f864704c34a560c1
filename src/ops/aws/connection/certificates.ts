import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { HotpassError, messageOf } from '../../../errors.ts';
import type { Environment } from '../../../system.ts';
import type { AwsSettings } from '../settings.ts';

/**
 * Reads the certificates that are to be trusted, as PEM: a bundle of AWS's settings in place of node's own, or what
 * NODE_EXTRA_CA_CERTS names beside them, which node itself reads from what it was started with alone. Undefined where
 * node's own do. Throws `file-not-found`.
 */
export async function readCertificates(
  env: Environment,
  { caBundle }: Pick<AwsSettings, 'caBundle'>,
): Promise<string | undefined> {
  if (caBundle !== undefined) return readPem(caBundle, 'AWS_CA_BUNDLE=FILE, or ca_bundle of the AWS profile');
  if (!env.NODE_EXTRA_CA_CERTS) return undefined;
  const extra = await readPem(env.NODE_EXTRA_CA_CERTS, 'NODE_EXTRA_CA_CERTS=FILE');
  return [...rootCertificates, extra].join('\n');
}

async function readPem(file: string, hint: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HotpassError('file-not-found', `the certificates ${file} cannot be read: ${messageOf(cause)}`, {
      hint,
      cause,
    });
  });
}
