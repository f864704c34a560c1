/** Sets rows in columns as wide as their widest cell, without trailing spaces. `paint` colours a padded cell. */
export function tableOf(
  rows: readonly (readonly string[])[],
  paint: (cell: string, column: number, row: number) => string = (cell) => cell,
  gap = 3,
): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows
    .map((row, index) =>
      row
        .map((cell, column) => {
          const isLast = row.slice(column + 1).every((later) => later === '');
          // Padding stays outside the colour, so that colour never changes the layout.
          return (
            paint(cell, column, index) + (isLast ? '' : ' '.repeat((widths[column] ?? 0) - cell.length + gap))
          );
        })
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** Writes how long something has lasted: `40 s`, `12 min`, `2h 14m`, `3d 4h`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
