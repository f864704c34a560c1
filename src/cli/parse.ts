import type { GlobalArgs, OptionSpec, Verb } from '../command.ts';
import { listFlags } from './flags.ts';
import { readPositionals } from './positionals.ts';
import { readTokens, usage, type WrittenOption } from './tokens.ts';
import { readValue } from './values.ts';

/** A command line understood: what to run with, or how much help is wanted. */
export type ParsedLine =
  | { readonly args: GlobalArgs; readonly noColor: boolean }
  | { readonly help: 'short' | 'all' };

/** Reads the arguments of a verb strictly. Help counts before wrong values. Throws `usage`. */
export function parseArguments(verb: Verb, argv: readonly string[]): ParsedLine {
  const options = verb.options ?? {};
  const written = readTokens(argv, listFlags(options), verb.path);
  const given = new Map<string, WrittenOption[]>();
  for (const option of written.options) {
    given.set(option.flag.key, [...(given.get(option.flag.key) ?? []), option]);
  }
  if (isOn(given, 'help')) return { help: isOn(given, 'verbose') ? 'all' : 'short' };
  if (written.rest !== undefined && verb.rest === undefined)
    throw usage(`${verb.path} takes nothing behind "--"`, verb.path);
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(options))
    values[key] = readOption(spec, given.get(key) ?? [], verb.path);
  const positionals = readPositionals(verb, written.words);
  return {
    args: {
      ...values,
      ...positionals,
      target: readTarget(positionals.target, textOf(given, 'target', verb.path), verb.path),
      config: textOf(given, 'config', verb.path),
      stateDir: textOf(given, 'stateDir', verb.path),
      json: isOn(given, 'json'),
      quiet: isOn(given, 'quiet'),
      verbose: isOn(given, 'verbose'),
      explain: isOn(given, 'explain'),
      rest: written.rest ?? [],
    },
    noColor: isOn(given, 'noColor'),
  };
}

function readOption(spec: OptionSpec, given: readonly WrittenOption[], path: string): unknown {
  if (spec.type === 'boolean') return given.at(-1)?.flag.value;
  const values = given.map(({ flag, text }) => readValue(spec, text ?? '', `--${flag.name}`, path));
  if (spec.repeat === true) return values;
  const second = given[1];
  if (second !== undefined) throw usage(`--${second.flag.name} is given twice`, path);
  return values[0];
}

function textOf(given: ReadonlyMap<string, WrittenOption[]>, key: string, path: string): string | undefined {
  const [first, second] = given.get(key) ?? [];
  if (second !== undefined) throw usage(`--${second.flag.name} is given twice`, path);
  return first?.text;
}

function isOn(given: ReadonlyMap<string, WrittenOption[]>, key: string): boolean {
  return given.get(key)?.at(-1)?.flag.value ?? false;
}

function readTarget(positional: unknown, option: string | undefined, path: string): string | undefined {
  if (typeof positional !== 'string') return option;
  if (option !== undefined && option !== positional)
    throw usage(`two targets are given, "${positional}" and --target "${option}"`, path);
  return positional;
}
