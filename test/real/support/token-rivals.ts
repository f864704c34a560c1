import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Sandbox } from '../../support/hotpass.ts';
import { realPath } from '../../support/real.ts';
import { runProgram } from './run-program.ts';

export const RIVAL_CLUSTER = 'hotpass-staging';

/** Writes the AWS files of a sandbox. */
export async function writeAwsFiles(sandbox: Sandbox, config: string, credentials = ''): Promise<void> {
  await mkdir(join(sandbox.home, '.aws'), { recursive: true });
  await writeFile(join(sandbox.home, '.aws/config'), config);
  await writeFile(join(sandbox.home, '.aws/credentials'), credentials);
}

/** Gets a token of the AWS CLI and one of ours, and fails unless they ask the same in the same way. */
export async function compareTokens(
  sandbox: Sandbox,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly ours: URL; readonly theirs: URL }> {
  const get = [realPath('aws'), 'eks', 'get-token', '--cluster-name', RIVAL_CLUSTER, ...flags] as const;
  // This version of it does not know AWS_REGION.
  const region = env.AWS_REGION === undefined ? {} : { AWS_DEFAULT_REGION: env.AWS_REGION };
  const [own, cli] = await Promise.all([
    sandbox.hotpass(['aws', 'token', '--eks-cluster', RIVAL_CLUSTER, ...flags], { env }),
    runProgram([], get, { env: { ...sandbox.env, ...env, ...region }, project: sandbox.project }),
  ]);
  expect(own).toMatchObject({ code: 0, stderr: '' });
  expect(cli).toMatchObject({ code: 0, stderr: '' });
  const [ours, theirs] = [readCredential(own.stdout), readCredential(cli.stdout)];
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  expect(shapeOf(ours)).toEqual(shapeOf(theirs));
  return { ours: urlIn(ours.status.token), theirs: urlIn(theirs.status.token) };
}

interface Credential {
  readonly apiVersion: string;
  readonly status: { readonly expirationTimestamp: string; readonly token: string };
}

function readCredential(text: string): Credential {
  const credential: Credential = JSON.parse(text);
  return credential;
}

/** What may not differ: all but the moment, temporary keys, and what they make of the signature. */
function shapeOf({ apiVersion, status }: Credential) {
  const { protocol, host, pathname, searchParams } = urlIn(status.token);
  const ends = Math.round((Date.parse(status.expirationTimestamp) - Date.now()) / 60_000);
  const values = ['Action', 'Version', 'X-Amz-Algorithm', 'X-Amz-Expires', 'X-Amz-SignedHeaders'];
  return {
    apiVersion,
    address: [protocol, host, pathname],
    keys: [...searchParams.keys()].sort(),
    values: values.map((name) => searchParams.get(name)),
    scope: searchParams.get('X-Amz-Credential')?.split('/').slice(2),
    timeIsLike: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(status.expirationTimestamp),
    endsInMinutes: ends,
  };
}

function urlIn(token: string): URL {
  const [, text = ''] = /^k8s-aws-v1\.([\w-]+)$/.exec(token) ?? [];
  return new URL(Buffer.from(text, 'base64url').toString());
}
