import type { Truth } from './truth.ts';

/** Any characters, also none. */
const ANY = 0;
/** One character. */
const ONE = 1;

/** A text in which IAM's wildcards stand: `*` for any characters, `?` for one. A pattern without them is a text. */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[];

/** Reads a text with wildcards. */
export function parsePattern(text: string): Pattern {
  return Array.from(text, (char) => (char === '*' ? ANY : char === '?' ? ONE : char));
}

/** Takes a text as it is, wildcards too. */
export function literalPattern(text: string): Pattern {
  return Array.from(text);
}

/** Writes a pattern as a policy does. */
export function printPattern(pattern: Pattern): string {
  return pattern.map((piece) => (piece === ANY ? '*' : piece === ONE ? '?' : piece)).join('');
}

export function hasWildcard(pattern: Pattern): boolean {
  return pattern.some((piece) => typeof piece !== 'string');
}

export function foldCase(pattern: Pattern): Pattern {
  return pattern.map((piece) => (typeof piece === 'string' ? piece.toLowerCase() : piece));
}

/**
 * Says whether texts of one pattern are texts of another: all of them, none, or some, which is `maybe`. It may also say
 * `maybe` of two patterns with `?` beside `*` that are equal in the end.
 */
export function isWithin(texts: Pattern, wanted: Pattern): Truth {
  if (covers(wanted, texts)) return 'yes';
  return hasWildcard(texts) && findCommon(texts, wanted) !== undefined ? 'maybe' : 'no';
}

/** Says whether a text fits a pattern. */
export function fits(text: string, pattern: Pattern): boolean {
  return covers(pattern, literalPattern(text));
}

/** Matches as for a text; a wildcard of the inner pattern is taken by one of the outer that is as wide. */
function covers(outer: Pattern, inner: Pattern): boolean {
  // Row by row over `outer`: reached[j] says whether all of outer so far takes the first j pieces of inner.
  let reached = [true, ...inner.map(() => false)];
  for (const piece of outer) {
    const next: boolean[] = [piece === ANY && reached[0] === true];
    inner.forEach((other, j) => {
      const isTaken = piece === ONE ? other !== ANY : piece === other;
      next.push(piece === ANY ? reached[j + 1] === true || next[j] === true : isTaken && reached[j] === true);
    });
    reached = next;
  }
  return reached.at(-1) === true;
}

/** Finds a text that fits both patterns, a short one; undefined when there is none. */
export function findCommon(a: Pattern, b: Pattern): string | undefined {
  const width = b.length + 1;
  const dead = new Set<number>();
  const search = (i: number, j: number): string | undefined => {
    if (i === a.length && j === b.length) return '';
    if (dead.has(i * width + j)) return undefined;
    const found = step(i, j);
    if (found === undefined) dead.add(i * width + j);
    return found;
  };
  const step = (i: number, j: number): string | undefined => {
    const [left, right] = [a[i], b[j]];
    if (left === ANY || right === ANY) {
      // The star ends here, or takes one more piece of the other side.
      const ended = search(left === ANY ? i + 1 : i, left === ANY ? j : j + 1);
      if (ended !== undefined) return ended;
      const other = left === ANY ? right : left;
      if (other === undefined || other === ANY) return undefined;
      const rest = left === ANY ? search(i, j + 1) : search(i + 1, j);
      return rest === undefined ? undefined : charOf(other) + rest;
    }
    if (left === undefined || right === undefined) return undefined;
    if (typeof left === 'string' && typeof right === 'string' && left !== right) return undefined;
    const rest = search(i + 1, j + 1);
    return rest === undefined ? undefined : charOf(typeof left === 'string' ? left : right) + rest;
  };
  return search(0, 0);
}

function charOf(piece: string | typeof ONE): string {
  return typeof piece === 'string' ? piece : 'x';
}
