import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { KeptToken } from './token-cache.ts';
import { ensurePrivateDir } from './user-dirs.ts';

/** No token is good for longer. */
const OLDEST_MS = 15 * 60_000;
const MOST_KEPT = 64;

/**
 * Keeps a token in its file, whole or not at all, and drops those that are over. Without a lock: the file of each is
 * its own, and of two that are made at once either will do. Throws `runtime-unsafe` and what the system throws.
 */
export async function keepToken(file: string, uid: number, kept: KeptToken): Promise<void> {
  const folder = dirname(file);
  await ensurePrivateDir(folder, uid);
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, JSON.stringify({ version: 1, ...kept }), { flag: 'wx', mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  dropOld(folder, basename(file), kept.madeAt);
}

function dropOld(folder: string, own: string, now: number): void {
  const others = readdirSync(folder)
    .filter((name) => name !== own)
    // Gone meanwhile: another process drops too.
    .map((name) => ({ name, at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? now }))
    .sort((one, other) => other.at - one.at);
  const old = others.filter(({ at }, index) => now - at > OLDEST_MS || index >= MOST_KEPT - 1);
  for (const { name } of old) rmSync(join(folder, name), { force: true });
}
