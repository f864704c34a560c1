import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../../system.ts';
import { findSso } from '../login/sso-config.ts';
import type { AwsSettings } from '../settings.ts';

/**
 * Names the login of IAM Identity Center that a profile takes, or the one that its role is taken on from: its
 * sso-session, else its start URL. Undefined where there is none. Pure.
 */
export function ssoLoginOf({ profile, section, sections }: AwsSettings): string | undefined {
  if (profile === undefined) return undefined;
  try {
    const { session, startUrl } = findSso(profile, section, sections);
    return session ?? startUrl;
  } catch {
    // Whoever logs in is told why there is none.
    return undefined;
  }
}

/**
 * Reads when a login of IAM Identity Center ends, from the cache that SDKs and the AWS CLI share; `login` is the name of
 * the sso-session, or the start URL of a profile without one. Undefined where there is none that can be read.
 */
export async function ssoLoginExpiry(env: Environment, login: string): Promise<Date | undefined> {
  const name = createHash('sha1').update(login).digest('hex');
  const path = join(env.HOME ?? '', '.aws', 'sso', 'cache', `${name}.json`);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  // Parsed here and told nowhere: it holds a token.
  const [, expiresAt = ''] = /"expiresAt"\s*:\s*"([^"]+)"/.exec(text ?? '') ?? [];
  const date = new Date(expiresAt.replace(/UTC$/, 'Z'));
  return Number.isNaN(date.getTime()) ? undefined : date;
}
