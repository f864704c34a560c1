import { linkSync, readFileSync, writeFileSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import type { Owner } from './owner.ts';

/** What a lock file says: who holds the lock, and a word that no other holder ever has. */
export interface Ticket {
  readonly owner: Owner;
  /** 32 hex digits. */
  readonly token: string;
  /** Mark of the holder's sign of life (see lock-life.ts), where it could give one. */
  readonly life?: string;
}

/**
 * Puts a ticket at a path where nothing stands yet; false when something does.
 * The draft is written first and linked, so that no reader ever sees a lock without its owner.
 */
export function placeTicket(draft: string, ticket: Ticket, path: string): boolean {
  for (;;) {
    try {
      linkSync(draft, path);
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      // ENOENT: not written yet, or swept away as a leftover while this machine slept.
      if (!isErrno(error, 'ENOENT')) throw error;
      writeFileSync(draft, `${JSON.stringify(ticket)}\n`, { mode: 0o600, flag: 'wx' });
    }
  }
}

/** Reads a ticket: undefined when no file is there, `damaged` when it holds none. */
export function readTicket(path: string): Ticket | 'damaged' | undefined {
  try {
    return parseTicket(readFileSync(path, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parseTicket(text: string): Ticket | 'damaged' {
  try {
    const value: unknown = JSON.parse(text);
    return isTicket(value) ? value : 'damaged';
  } catch {
    // Not JSON: the leftover of a power cut, or somebody else's file.
    return 'damaged';
  }
}

function isTicket(value: unknown): value is Ticket {
  if (!isRecord(value) || !isRecord(value.owner)) return false;
  const { host, boot, namespace, pid, started } = value.owner;
  return (
    typeof value.token === 'string' &&
    /^[0-9a-f]{32}$/.test(value.token) &&
    [host, boot, namespace, started].every((part) => typeof part === 'string') &&
    (value.life === undefined || typeof value.life === 'string') &&
    typeof pid === 'number'
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
