import type { Owner } from '../../state/owner.ts';
import type { ShellEnvironment, StagingAddress } from './environment.ts';

/** A rehearsal that runs: a staging on loopback, and how a shell gets there. */
export interface Rehearsal extends ShellEnvironment {
  readonly owner: Owner;
  /** ISO 8601; it ends then by itself. */
  readonly endsAt: string;
  readonly address: StagingAddress;
  /** Each service and where it really is, as `http://127.0.0.1:41001`. */
  readonly services: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** Tells a description from whatever else came through the socket: one of another version, say. */
export function isRehearsal(value: unknown): value is Rehearsal {
  if (typeof value !== 'object' || value === null) return false;
  const has = (...names: readonly string[]) =>
    names.every((name) => {
      const part: unknown = Reflect.get(value, name);
      return typeof part === 'object' && part !== null;
    });
  return has('owner', 'address', 'services', 'environment', 'unset', 'faults') && 'endsAt' in value;
}
