import type { OptionSpec, Verb } from '../command.ts';
import { usage } from './tokens.ts';
import { readValue } from './values.ts';

/** Gives the words behind a verb to its positionals in order; a repeating one takes all that are left. */
export function readPositionals(verb: Verb, words: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const left = [...words];
  for (const [name, spec] of Object.entries(verb.positionals ?? {})) {
    const taken = left.splice(0, spec.repeat === true ? left.length : 1);
    if (spec.required === true && taken.length === 0)
      throw usage(`${verb.path} needs ${positionalWord(name, spec)}${choicesOf(spec)}`, verb.path);
    const read = taken.map((text) => {
      if (text === '') throw usage(`${name} is empty`, verb.path);
      return readValue(spec, text, name, verb.path);
    });
    values[name] = spec.repeat === true ? read : read[0];
  }
  const [extra] = left;
  if (extra !== undefined) {
    const forgotten = verb.rest === undefined ? '' : '; the command stands behind "--"';
    throw usage(`unexpected argument "${extra}"${forgotten}`, verb.path);
  }
  return values;
}

/** Writes a positional as usage lines show it: `<shell>`, `[target]`, `[label...]`. */
export function positionalWord(name: string, spec: OptionSpec): string {
  const word = spec.repeat === true ? `${name}...` : name;
  return spec.required === true ? `<${word}>` : `[${word}]`;
}

function choicesOf(spec: OptionSpec): string {
  return spec.choices === undefined ? '' : `: ${spec.choices.join(', ')}`;
}
