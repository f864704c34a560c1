import { wrap } from '../../cli/columns.ts';
import type { LinkResult } from '../../ops/aws/check/link.ts';
import { type CheckResult, causeOf } from '../../ops/aws/check/result.ts';
import type { Style } from '../../output.ts';
import { printable } from '../../printable.ts';

const STATE_WIDTH = 9;
const ID_WIDTH = 16;
const NARROWEST = 80;
const EVIDENCE_INDENT = 11;
const WORD_WIDTH = 12;

/** Shows a check, a line a link; under each what stands behind it and what to type. The last line is the verdict. Pure. */
export function renderCheck(result: CheckResult, style: Style): string {
  return [...result.links.flatMap((link) => linkLines(link, style)), verdictLine(result, style)].join('\n');
}

function linkLines({ id, state, saw, evidence = [], next }: LinkResult, style: Style): string[] {
  const word = state === 'failed' ? 'FAILED' : state;
  const paint = { ok: style.good, failed: style.bad, skipped: style.dim }[state];
  const indent = STATE_WIDTH + ID_WIDTH;
  const text = wrap(printable(saw), Math.max(NARROWEST, style.columns) - indent, 0);
  const said = text.replaceAll('\n', `\n${' '.repeat(indent)}`);
  const head = `${paint(word)}${' '.repeat(STATE_WIDTH - word.length)}${id.padEnd(ID_WIDTH)}${said}`;
  const rows = [...evidence, ...(next === undefined ? [] : [['next', next] as const])];
  // Not wrapped: what is to be typed must be one line to copy.
  const lines = rows.map(
    ([name, text]) => `${' '.repeat(EVIDENCE_INDENT)}${name.padEnd(WORD_WIDTH)}${printable(text)}`,
  );
  return [head.trimEnd(), ...lines];
}

function verdictLine(result: CheckResult, style: Style): string {
  const { ok, failed, skipped } = result.counts;
  const counts = [
    `${ok} ok`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ];
  const cause = causeOf(result);
  const word =
    cause === undefined ? `${result.target}: nothing is broken` : `${style.bad('error:')} ${cause}`;
  return `${word}   ${counts.join(', ')}`;
}
