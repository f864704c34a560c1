import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unwritable } from '../../../state/folder.ts';
import { writePrivate } from '../../../state/private-file.ts';
import type { System } from '../../../system.ts';

/** A program that people may log in with, as the service knows it. */
export interface Registration {
  readonly clientId: string;
  /** Secret. */
  readonly clientSecret: string;
  readonly expiresAt: Date;
}

/** What a login gives. */
export interface Login {
  /** Secret. */
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** Secret. */
  readonly refreshToken: string | undefined;
}

/** A registration that ends within a login is no good. */
const REGISTRATION_RESERVE_MS = 15 * 60_000;

/** The folder that the SDKs, the AWS CLI and Terraform look for logins in. */
export function ssoCacheFolder({ env, home }: Pick<System, 'env' | 'home'>): string {
  return join(env.HOME || home, '.aws', 'sso', 'cache');
}

/** Makes the folder, and finds out before anybody is asked whether it takes anything. Throws `state-unwritable`. */
export async function prepareCache(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/**
 * Writes a login where everybody looks for it: under the name of the sso-session, else of the start URL. Throws
 * `state-unwritable`.
 */
export async function writeLogin(
  folder: string,
  about: { readonly session: string | undefined; readonly startUrl: string; readonly region: string },
  { accessToken, expiresAt, refreshToken }: Login,
  registration: Registration,
): Promise<void> {
  const { session, startUrl, region } = about;
  const { clientId, clientSecret } = registration;
  await writePrivate(cacheFile(folder, session ?? startUrl), {
    startUrl,
    region,
    accessToken,
    expiresAt: utc(expiresAt),
    clientId,
    clientSecret,
    registrationExpiresAt: utc(registration.expiresAt),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  });
}

/** Reads a registration that was kept under a key; undefined where there is none that is still good. */
export async function readRegistration(
  folder: string,
  key: string,
  now: Date,
): Promise<Registration | undefined> {
  const text = await readFile(cacheFile(folder, key), 'utf8').catch(() => undefined);
  const { clientId, clientSecret, expiresAt } = parseTexts(text);
  const end = new Date(expiresAt ?? Number.NaN);
  const isGood = end.getTime() - REGISTRATION_RESERVE_MS > now.getTime();
  return isGood && clientId && clientSecret ? { clientId, clientSecret, expiresAt: end } : undefined;
}

/** Keeps a registration under a key. Throws `state-unwritable`. */
export async function writeRegistration(
  folder: string,
  key: string,
  { clientId, clientSecret, expiresAt }: Registration,
): Promise<void> {
  await writePrivate(cacheFile(folder, key), { clientId, clientSecret, expiresAt: utc(expiresAt) });
}

function cacheFile(folder: string, key: string): string {
  return join(folder, `${createHash('sha1').update(key).digest('hex')}.json`);
}

/** Not every reader takes fractions of a second. */
function utc(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** What is no such file is as good as none: it is made anew. */
function parseTexts(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(entries.filter(([, one]) => typeof one === 'string'));
  } catch {
    return {};
  }
}
