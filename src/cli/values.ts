import type { OptionSpec } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { suggestWord } from '../suggest.ts';
import { usage } from './tokens.ts';

/** Reads one value as its option wants it. `name` is how the command line writes the option. Throws `usage`. */
export function readValue(spec: OptionSpec, text: string, name: string, path: string): string | number {
  if (spec.type === 'number') {
    if (/^-?\d+(\.\d+)?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
    throw usage(`${name} is not a number: "${text}"`, path);
  }
  if (spec.type === 'duration') {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    throw usage(
      `${name} is not a duration up to 24 days: "${text}"`,
      path,
      'write 30s, 10m, 1h, 500ms or bare seconds',
    );
  }
  if (spec.choices !== undefined && !spec.choices.includes(text)) {
    const near = suggestWord(text, spec.choices);
    const suggestion = near === undefined ? '' : `; did you mean ${near}?`;
    throw usage(
      `${name} has no choice "${text}"${suggestion}`,
      path,
      `choose from ${spec.choices.join(', ')}`,
    );
  }
  return text;
}
