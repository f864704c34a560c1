import { isMapping, valueAt } from './json.ts';
import type { Path } from './problems.ts';

/** Pairs of which only one can hold: naming one in a higher layer drops the other of a lower layer. */
const ALTERNATIVES = [['instance', 'tag']] as const;

/** Merges blocks leaf by leaf, the first one strongest. Lists and scalars replace, mappings merge. */
export function mergeBlocks(blocks: readonly unknown[]): unknown {
  return blocks.reduceRight<unknown>((low, high) => mergePair(high, low), {});
}

/** Finds the block that a value of the merged result comes from, as index; undefined when none has it. */
export function findSource(blocks: readonly unknown[], path: Path): number | undefined {
  for (const [index, block] of blocks.entries()) {
    if (valueAt(block, path) !== undefined) return index;
    if (path.some((_, depth) => hides(block, path.slice(0, depth + 1)))) return undefined;
  }
  return undefined;
}

function mergePair(high: unknown, low: unknown): unknown {
  if (high === undefined) return low;
  if (!isMapping(high) || !isMapping(low)) return high;
  const kept = Object.keys(low).filter((key) => !isReplaced(high, key));
  const keys = new Set([...kept, ...Object.keys(high)]);
  // fromEntries makes own properties also of names like __proto__, which variables may have.
  return Object.fromEntries([...keys].map((key) => [key, mergePair(own(high, key), own(low, key))]));
}

/** Tells whether this layer puts something else where the path leads, so that lower layers do not count. */
function hides(block: unknown, prefix: Path): boolean {
  const value = valueAt(block, prefix);
  if (value !== undefined) return !isMapping(value);
  const above = valueAt(block, prefix.slice(0, -1));
  return isMapping(above) && isReplaced(above, String(prefix.at(-1)));
}

function isReplaced(high: Readonly<Record<string, unknown>>, key: string): boolean {
  return ALTERNATIVES.some(
    ([one, other]) =>
      (key === one && Object.hasOwn(high, other)) || (key === other && Object.hasOwn(high, one)),
  );
}

function own(mapping: Readonly<Record<string, unknown>>, key: string): unknown {
  return valueAt(mapping, [key]);
}
