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
 * `maybe` of two patterns with `?` beside `*` that are equal in the end. A wildcard of the texts stands for no `*` and
 * no `?`: neither is in any name or ref.
 */
export function isWithin(texts: Pattern, wanted: Pattern): Truth {
  if (covers(wanted, texts)) return 'yes';
  const isNoText = wanted.some((piece) => (piece === '*' || piece === '?') && !texts.includes(piece));
  return !isNoText && hasWildcard(texts) && findCommon(texts, wanted) !== undefined ? 'maybe' : 'no';
}

/** Says whether a text fits a pattern. */
export function fits(text: string, pattern: Pattern): boolean {
  return covers(pattern, literalPattern(text));
}

/** Matches as for a text; a wildcard of the inner pattern is taken by one of the outer that is as wide. */
function covers(outer: Pattern, inner: Pattern): boolean {
  if (!hasWildcard(outer))
    return outer.length === inner.length && outer.every((piece, i) => piece === inner[i]);
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
  /** Whether what is left of both, from these pieces on, has a text in common. */
  const isAlive = new Uint8Array((a.length + 1) * width);
  const next = (i: number, j: number) =>
    stepsFrom(a[i], b[j]).find(([di, dj]) => isAlive[(i + di) * width + j + dj] === 1);
  isAlive[a.length * width + b.length] = 1;
  for (let i = a.length; i >= 0; i--) {
    for (let j = b.length; j >= 0; j--) if (next(i, j) !== undefined) isAlive[i * width + j] = 1;
  }
  if (isAlive[0] !== 1) return undefined;
  let [text, i, j] = ['', 0, 0];
  for (let step = next(i, j); step !== undefined; step = next(i, j)) {
    i += step[0];
    j += step[1];
    text += step[2];
  }
  return text;
}

type Step = readonly [ofLeft: number, ofRight: number, text: string];

/** The ways on from one piece of each: how many of them are behind it, and what is written for it. */
function stepsFrom(left: Pattern[number] | undefined, right: Pattern[number] | undefined): readonly Step[] {
  // A star ends, or takes one more piece of the other side.
  const ends: readonly Step[] = [
    ...(left === ANY ? [[1, 0, ''] as const] : []),
    ...(right === ANY ? [[0, 1, ''] as const] : []),
  ];
  if (left === ANY || right === ANY) {
    const other = left === ANY ? right : left;
    if (other === undefined || other === ANY) return ends;
    const piece = other === ONE ? 'x' : other;
    return [...ends, left === ANY ? [0, 1, piece] : [1, 0, piece]];
  }
  if (left === undefined || right === undefined) return [];
  if (left === ONE) return [[1, 1, right === ONE ? 'x' : right]];
  return right === ONE || left === right ? [[1, 1, left]] : [];
}
