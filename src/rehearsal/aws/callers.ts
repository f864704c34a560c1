import { createHash, randomBytes } from 'node:crypto';
import type { RehearsedCaller } from './account.ts';

/** Somebody who signs requests, and until when. */
export interface Caller extends RehearsedCaller {
  /** Milliseconds since 1970; undefined for keys that do not expire. */
  readonly expiresAt?: number | undefined;
}

/** Temporary keys that the account has given. */
export interface IssuedKeys extends Caller {
  readonly sessionToken: string;
  readonly expiresAt: number;
}

/** All who may sign. */
export interface Callers {
  find(accessKeyId: string): Caller | undefined;
  /** Gives keys to somebody. */
  issue(arn: string, expiresAt: number): IssuedKeys;
}

/** Makes them; those that are given keys later are forgotten with the account. */
export function createCallers(first: readonly RehearsedCaller[]): Callers {
  const known = new Map<string, Caller>(first.map((one) => [one.accessKeyId, one]));
  return {
    find: (accessKeyId) => known.get(accessKeyId),
    issue(arn, expiresAt) {
      const issued = {
        accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(90).toString('base64'),
        arn,
        expiresAt,
      };
      known.set(issued.accessKeyId, issued);
      return issued;
    },
  };
}

/** Gives the account that an ARN is of. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** Gives the id of a caller as STS says it: of a user, or of a role with the name of the session. */
export function userIdOf(arn: string): string {
  const [, role, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  return role === undefined ? uniqueId('AIDA', arn) : `${roleIdOf(role)}:${session}`;
}

/** Gives the id of a role. */
export function roleIdOf(name: string): string {
  return uniqueId('AROA', name);
}

function uniqueId(kind: string, seed: string): string {
  return `${kind}${createHash('sha1').update(seed).digest('hex').slice(0, 17).toUpperCase()}`;
}
