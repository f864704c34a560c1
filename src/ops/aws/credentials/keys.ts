import { isIdentityExpired } from '@smithy/core';
import type { FindKeys, FoundKeys } from './credentials.ts';

/** Credentials in hand: looked for once for all clients, and again shortly before they end. */
export interface Keys {
  /** Gives them, looked for on first use. Throws what the search throws. */
  readonly get: () => Promise<FoundKeys>;
  /** Secrets that were found so far. */
  readonly secrets: ReadonlySet<string>;
}

/** Takes a search for credentials for all who need what it finds. */
export function holdKeys(find: FindKeys): Keys {
  const secrets = new Set<string>();
  let held: FoundKeys | undefined;
  let pending: Promise<FoundKeys> | undefined;
  const search = async () => {
    held = await find();
    secrets.add(held.secretAccessKey).add(held.sessionToken ?? '');
    return held;
  };
  return {
    secrets,
    async get() {
      if (pending === undefined && held !== undefined && !isIdentityExpired(held)) return held;
      pending ??= search().finally(() => {
        pending = undefined;
      });
      return pending;
    },
  };
}
