/** What a terminal can show at this moment; it changes with its window. */
export interface Window {
  readonly columns: number;
  readonly rows: number;
  readonly unicode: boolean;
}

/** A block of lines to be drawn over the one before it. */
export interface Drawing {
  readonly text: string;
  /** How many lines it takes: what the next drawing begins above. */
  readonly height: number;
}

const ERASE_REST_OF_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
const PLAIN = '\u001b[0m';
const UP = (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A`);

/**
 * Draws lines over a block of `before` lines that ends just above the cursor. It stays where it is in the normal
 * screen, so that what was there before can be scrolled back to, nothing has to be restored at the end, and the last
 * drawing is left to be read. Lines and rows that the window has no room for are cut: wrapped ones could not be counted.
 * One text without a blank in between does not flicker. Pure.
 */
export function drawOver(lines: readonly string[], before: number, window: Window): Drawing {
  // The cursor needs a row of its own below the block.
  const room = Math.max(1, window.rows - 1);
  const shown = lines.length <= room ? lines : cutRows(lines, room, window);
  const body = shown.map((line) => `${cutLine(line, window.columns)}${ERASE_REST_OF_LINE}\n`).join('');
  return { text: `\r${UP(before)}${body}${ERASE_BELOW}`, height: shown.length };
}

function cutRows(lines: readonly string[], room: number, { unicode }: Window): readonly string[] {
  const kept = lines.slice(0, room - 1);
  const more = lines.length - kept.length;
  return [
    ...kept,
    `${unicode ? '…' : '...'} ${more} more line${more === 1 ? '' : 's'}: the window is too low`,
  ];
}

/** Cuts a line to its first columns; colours take none. */
function cutLine(line: string, columns: number): string {
  let left = columns;
  let cut = '';
  for (const [part] of line.matchAll(/\u001b\[[\d;]*m|./gsu)) {
    if (part.length > 1 && part.startsWith('\u001b')) cut += part;
    else if (left > 0) {
      cut += part;
      left -= 1;
    }
  }
  return cut.includes('\u001b') && left === 0 ? `${cut}${PLAIN}` : cut;
}
