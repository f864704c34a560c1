/** One line of the table: ours against theirs, and what the ratio or difference may be at most (or at least). */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
  readonly figure: number;
  readonly unit: 'x' | 'ms' | 's' | '%' | 'lost' | '/s' | 'MiB' | 'MB/s';
  readonly limit: number;
  /** `most`: the figure may be at most the limit; `least`: at least. */
  readonly bound: 'most' | 'least';
}

/** Gives the middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Runs two things in turn, A B A B …, after one round that does not count: drift of a shared machine hits both. */
export async function inTurn<T>(
  rounds: number,
  one: () => Promise<T>,
  other: () => Promise<T>,
): Promise<readonly (readonly [T, T])[]> {
  const pairs: (readonly [T, T])[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const pair = [await one(), await other()] as const;
    if (round > 0) pairs.push(pair);
  }
  return pairs;
}

/** Compares medians of pairs of milliseconds as a ratio. */
export function ratioRow(
  what: string,
  pairs: readonly (readonly [number, number])[],
  limit: number,
  bound: Row['bound'] = 'most',
): Row {
  const [ours, theirs] = [median(pairs.map(([a]) => a)), median(pairs.map(([, b]) => b))];
  // Pair by pair, not median by median: the two of a pair met the same machine.
  const figure = median(pairs.map(([a, b]) => a / b));
  return { what, ours: milliseconds(ours), theirs: milliseconds(theirs), figure, unit: 'x', limit, bound };
}

/** Writes milliseconds as a person reads them. */
export function milliseconds(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 3 : 0)} ms`;
}

/** Sets the table. */
export function tableText(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const sign = row.bound === 'most' ? '<=' : '>=';
    const good = row.bound === 'most' ? row.figure <= row.limit : row.figure >= row.limit;
    const digits = row.unit === 'lost' ? 0 : row.unit === 'ms' ? 3 : 2;
    return [
      row.what,
      row.ours,
      row.theirs,
      `${row.figure.toFixed(digits)} ${row.unit}`,
      `${sign} ${row.limit} ${row.unit}`,
      good ? 'ok' : 'MISSED',
    ];
  });
  const all = [['WHAT', 'OURS', 'THEIRS', 'FIGURE', 'TARGET', ''], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
