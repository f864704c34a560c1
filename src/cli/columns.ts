const INDENT = 2;
const GAP = 3;
const WIDEST_TERM = 32;
const HELD_SPACE = '\u00a0';

/** Sets rows of a term and its meaning in two columns; a long term has its meaning on the next line. */
export function columnsOf(
  rows: readonly (readonly [term: string, meaning: string])[],
  width: number,
): string {
  const term = Math.min(WIDEST_TERM, Math.max(0, ...rows.map(([text]) => text.length)));
  const indent = INDENT + term + GAP;
  return rows
    .map(([text, meaning]) => {
      const [first, ...more] = wrap(meaning, width - indent, 0).split('\n');
      const lines = [first ?? '', ...more].map((line) => `${' '.repeat(indent)}${line}`);
      const head = `${' '.repeat(INDENT)}${text}`;
      if (text.length > term) return [head, ...lines].join('\n');
      return [head.padEnd(indent) + (first ?? ''), ...lines.slice(1)].join('\n').trimEnd();
    })
    .join('\n');
}

/** Breaks text between words; later lines are indented. A no-break space holds its words together. */
export function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const isFull = line !== '' && line.length + 1 + word.length > width;
    if (isFull) lines.push(line);
    line = isFull ? ' '.repeat(indent) + word : line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n').replaceAll(HELD_SPACE, ' ');
}
