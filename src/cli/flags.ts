import type { OptionSpec } from '../command.ts';
import { globalOptions } from './global-options.ts';

/** One way to write an option on the command line: `--label`, an older name of it, or `--no-marquez`. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  readonly key: string;
  readonly spec: OptionSpec;
  /** What a boolean becomes by this way of writing it. */
  readonly value: boolean;
  /** May be named in a suggestion. */
  readonly isShown: boolean;
}

/** Writes an option's camelCase key as its flag, without the dashes. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Lists every way to write the given options and the global ones. */
export function listFlags(options: Readonly<Record<string, OptionSpec>> = {}): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const [key, spec] of Object.entries({ ...globalOptions, ...options })) {
    const isShown = spec.hidden !== true;
    flags.set(flagName(key), { name: flagName(key), key, spec, value: true, isShown });
    for (const name of spec.aliases ?? []) flags.set(name, { name, key, spec, value: true, isShown: false });
  }
  for (const flag of [...flags.values()]) {
    const name = `no-${flag.name}`;
    if (flag.spec.type !== 'boolean' || flags.has(name) || flag.name.startsWith('no-')) continue;
    // "did you mean --no-json?" would help nobody: only what may be on by itself is worth switching off.
    flags.set(name, {
      ...flag,
      name,
      value: false,
      isShown: flag.isShown && flag.spec.fallback !== undefined,
    });
  }
  return flags;
}
