import { expect, it } from 'vitest';
import { drawOver } from '../../src/cli/screen.ts';

const window = { columns: 20, rows: 6, unicode: true };

/** A terminal that knows what the drawings use; what scrolls out at the top is kept, as a real one does. */
function terminal(rows: number, columns: number) {
  const scrolled: string[] = [];
  let screen: string[] = Array.from({ length: rows }, () => '');
  let row = 0;
  let column = 0;
  const line = () => screen[row] ?? '';
  const act: Record<string, (count: number) => void> = {
    A: (count) => {
      row = Math.max(0, row - count);
    },
    K: () => {
      screen[row] = line().slice(0, column);
    },
    J: () => {
      screen = screen.map((text, index) => (index < row ? text : index === row ? text.slice(0, column) : ''));
    },
    m: () => undefined,
  };
  return {
    write(text: string) {
      for (const [part, count, word] of text.matchAll(/\u001b\[(\d*)([A-Za-z])|[^\u001b]/gs)) {
        if (word !== undefined) act[word]?.(Number(count || 1));
        else if (part === '\r') column = 0;
        else if (part === '\n') {
          column = 0;
          row += 1;
          if (row < rows) continue;
          row -= 1;
          scrolled.push(screen.shift() ?? '');
          screen.push('');
        } else {
          expect(column, 'a line that wraps').toBeLessThan(columns);
          screen[row] = line().padEnd(column).slice(0, column) + part + line().slice(column + 1);
          column += 1;
        }
      }
    },
    screen: () => screen,
    scrolled: () => scrolled,
  };
}

it('goes over the lines before, and erases what is left of them', () => {
  const shown = terminal(6, 20);
  shown.write('$ hotpass\n');
  const first = drawOver(['a long first line', 'second', 'third'], 0, window);
  shown.write(first.text);
  expect(shown.screen()).toEqual(['$ hotpass', 'a long first line', 'second', 'third', '', '']);
  const next = drawOver(['short', 'second'], first.height, window);
  shown.write(next.text);
  expect(shown.screen()).toEqual(['$ hotpass', 'short', 'second', '', '', '']);
  expect(next.height).toBe(2);
});

it('loses nothing of what was there before, also at the bottom of the window', () => {
  const shown = terminal(4, 20);
  shown.write('1\n2\n3\n');
  let height = 0;
  for (const word of ['x', 'y', 'z']) {
    const drawing = drawOver([word, word], height, { ...window, rows: 4 });
    shown.write(drawing.text);
    height = drawing.height;
  }
  expect([...shown.scrolled(), ...shown.screen()]).toEqual(['1', '2', '3', 'z', 'z', '']);
});

it('cuts lines that the window has no room for, and says how many', () => {
  const lines = Array.from({ length: 9 }, (_, index) => `line ${index}`);
  const shown = terminal(6, 40);
  const { text, height } = drawOver(lines, 0, { ...window, columns: 40 });
  shown.write(text);
  expect(shown.screen().slice(3, 5)).toEqual(['line 3', '… 5 more lines: the window is too low']);
  expect(height).toBe(5);
  // As many as there is room for are all shown.
  expect(drawOver(lines.slice(0, 5), 0, window).height).toBe(5);
  expect(drawOver(lines, 0, { ...window, columns: 40, unicode: false }).text).toContain('... 5 more lines');
});

it('cuts what would wrap, and counts no colours', () => {
  const { text } = drawOver(['\u001b[31mred\u001b[39m and 0123456789 \u001b[32mgreen\u001b[39m'], 0, window);
  const shown = terminal(6, 20);
  shown.write(text);
  expect(shown.screen()[0]).toBe('red and 0123456789 g');
  expect(text).toContain('\u001b[0m\u001b[K\n');
});

it('goes on from the top of a window that became lower', () => {
  const shown = terminal(3, 20);
  const { text } = drawOver(['a', 'b'], 9, { ...window, rows: 3 });
  shown.write(text);
  expect(shown.screen()).toEqual(['a', 'b', '']);
});
