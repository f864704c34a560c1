/** Beyond this length it is no slip of the finger, and the comparison would cost. */
const LONGEST = 64;

/** Finds the known word that a mistyped one most likely stands for; undefined when none is near. */
export function suggestWord(given: string, known: Iterable<string>): string | undefined {
  if (given.length > LONGEST) return undefined;
  const typed = given.toLowerCase();
  let best: { word: string; distance: number } | undefined;
  for (const word of known) {
    const distance = word.startsWith(typed) && typed.length > 1 ? 1 : editDistance(typed, word.toLowerCase());
    if (distance <= farthest(word) && (best === undefined || distance < best.distance))
      best = { word, distance };
  }
  return best?.word;
}

function farthest(word: string): number {
  return word.length <= 4 ? 1 : word.length <= 7 ? 2 : 3;
}

/** Counts inserted, dropped, changed and swapped letters. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, changed);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && isSwap) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
