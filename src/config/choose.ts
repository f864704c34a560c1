import type { Path } from './problems.ts';
import type { Setting } from './setting.ts';

/** One value that was chosen, for `--explain`. */
export interface Choice {
  readonly name: string;
  readonly value: unknown;
  readonly origin: string;
}

/** Picks a verb's values, strongest candidate first, and remembers where each came from. */
export interface Choices {
  choose<T>(name: string, ...candidates: readonly (Setting<T> | undefined)[]): T | undefined;
  /** Everything that was chosen, in that order; a name that is chosen again keeps its last value. */
  readonly chosen: readonly Choice[];
}

/** Makes an empty set of choices. */
export function createChoices(): Choices {
  const chosen = new Map<string, Choice>();
  return {
    choose(name, ...candidates) {
      const found = candidates.find((candidate) => candidate !== undefined);
      if (found === undefined) return undefined;
      chosen.set(name, { name, value: found.value, origin: found.origin });
      return found.value;
    },
    get chosen() {
      return [...chosen.values()];
    },
  };
}

/** Makes a candidate of a flag's value; `name` is the flag without its dashes. */
export function flag<T>(value: T | undefined, name: string): Setting<T> | undefined {
  return value === undefined ? undefined : { value, origin: `flag --${name}` };
}

/** Makes a candidate of a value of the config's target block. */
export function configured<T>(
  config: { origin(path: Path): string | undefined },
  value: T | undefined,
  path: Path,
): Setting<T> | undefined {
  return value === undefined ? undefined : { value, origin: config.origin(path) ?? 'config' };
}

/** Makes the candidate that holds when nobody says anything. */
export function fallback<T>(value: T): Setting<T> {
  return { value, origin: 'default' };
}
