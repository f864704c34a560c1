import { outcomeWord, type Resumed } from '../../ops/net/resume/resume.ts';
import type { Style } from '../../output.ts';
import { printable } from '../../printable.ts';
import { tableOf } from '../table.ts';
import { serviceText, stateStyle } from './words.ts';

const HEAD = ['SESSION', 'OUTCOME', 'FORWARD', 'LOCAL', 'SERVICE'];

/** Shows what became of each session, a line a forward; under what failed why, and what to type. Pure. */
export function renderResumed(resumed: readonly Resumed[], style: Style): string {
  if (resumed.length === 0) return 'nothing to resume';
  const blocks = resumed.map(rowsOf);
  const rows = [HEAD, ...blocks.flat()].map((cells) => cells.map(printable));
  const lines = tableOf(rows, (cell, column, row) =>
    column === 1 && row > 0 ? outcomeStyle(cell, style)(cell) : cell,
  ).split('\n');
  const output = [lines.shift() ?? ''];
  for (const [index, one] of resumed.entries()) {
    output.push(...lines.splice(0, blocks[index]?.length ?? 0), ...remarks(one));
  }
  return [...output, verdict(resumed)].join('\n');
}

function rowsOf(resumed: Resumed): string[][] {
  const { label, status } = resumed;
  const word = outcomeWord(resumed);
  if (status === undefined) return [[label, word]];
  return status.forwards.map((forward, index) => [
    ...(index === 0 ? [label, word] : ['', '']),
    forward.name,
    forward.local[0] ?? '',
    serviceText(forward),
  ]);
}

function outcomeStyle(word: string, style: Style): (text: string) => string {
  if (word === 'back') return style.good;
  return word === 'left out' || word === 'up already' ? style.dim : stateStyle(word, style);
}

function remarks({ reason, code, next }: Resumed): string[] {
  const why = reason === undefined ? [] : [`  ${reason}${code === undefined ? '' : `  [${code}]`}`];
  return [...why, ...(next === undefined ? [] : [`  next: ${next}`])].map(printable);
}

function verdict(resumed: readonly Resumed[]): string {
  const counts = new Map<string, number>();
  for (const one of resumed) {
    const word = outcomeWord(one);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  const nothing = resumed.every(({ outcome }) => outcome === 'already-up' || outcome === 'left');
  const sum = `${resumed.length} session${resumed.length === 1 ? '' : 's'}: ${words}`;
  return nothing ? `nothing to resume; ${sum}` : sum;
}
