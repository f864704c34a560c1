import type { Style } from '../output.ts';
import type { Terminal } from '../system.ts';
import type { ColourLevel } from './colours.ts';

/** Colours of state words, on or off. */
export type Palette = Pick<Style, 'good' | 'bad' | 'busy' | 'dim' | 'bold'>;

const same = (text: string): string => text;

/** A palette that changes nothing. */
export const plainPalette: Palette = { good: same, bad: same, busy: same, dim: same, bold: same };

/** Loads the palette of a stream; chalk is read only where colours are wanted. */
export async function loadPalette(level: ColourLevel): Promise<Palette> {
  if (level === 0) return plainPalette;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level });
  return { good: chalk.green, bad: chalk.red, busy: chalk.yellow, dim: chalk.dim, bold: chalk.bold };
}

/** Makes a style of a palette and what the terminal can show. */
export function createStyle(palette: Palette, terminal: Terminal): Style {
  return { ...palette, columns: terminal.columns, unicode: terminal.unicode };
}
