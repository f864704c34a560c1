import { type ParseArgsConfig, parseArgs } from 'node:util';
import { HotpassError } from '../errors.ts';
import type { Flag } from './flags.ts';
import { suggestWord } from './suggest.ts';

/** One option as it was written. */
export interface WrittenOption {
  readonly flag: Flag;
  /** With its dashes, as written. */
  readonly raw: string;
  /** undefined for booleans. */
  readonly text: string | undefined;
}

/** A command line taken apart, in the order it was written. */
export interface Written {
  readonly options: readonly WrittenOption[];
  readonly words: readonly { readonly text: string; readonly index: number }[];
  /** What stands behind `--`; undefined when there is no `--`. */
  readonly rest: readonly string[] | undefined;
}

/** Takes a command line apart. Throws `usage` for an unknown option and for an option whose value is missing. */
export function readTokens(argv: readonly string[], flags: ReadonlyMap<string, Flag>, verb: string): Written {
  const options: WrittenOption[] = [];
  const words: { text: string; index: number }[] = [];
  const { tokens } = parseArgs({
    args: [...argv],
    options: parseArgsOptions(flags),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') return { options, words, rest: argv.slice(token.index + 1) };
    if (token.kind === 'positional') {
      words.push({ text: token.value, index: token.index });
      continue;
    }
    const flag = flags.get(token.name);
    if (flag === undefined) throw unknownOption(token.rawName, argv[token.index] ?? '', flags, verb);
    options.push({ flag, raw: token.rawName, text: readText(flag, token, verb) });
  }
  return { options, words, rest: undefined };
}

function parseArgsOptions(flags: ReadonlyMap<string, Flag>): NonNullable<ParseArgsConfig['options']> {
  const shorts = new Set<string>();
  return Object.fromEntries(
    [...flags].map(([name, { spec }]) => {
      const type = spec.type === 'boolean' ? ('boolean' as const) : ('string' as const);
      // The first way to write an option carries its letter; the others lead to the same key.
      if (spec.short === undefined || shorts.has(spec.short)) return [name, { type }];
      shorts.add(spec.short);
      return [name, { type, short: spec.short }];
    }),
  );
}

function readText(
  flag: Flag,
  token: { rawName: string; value: string | undefined; inlineValue: boolean | undefined },
  verb: string,
): string | undefined {
  const { rawName, value, inlineValue } = token;
  if (flag.spec.type === 'boolean') {
    if (value === undefined) return undefined;
    throw usage(`${rawName} takes no value, and "${value}" was given`, verb);
  }
  if (value === undefined) throw usage(`${rawName} needs a value`, verb);
  if (value === '') throw usage(`${rawName} has an empty value`, verb);
  // parseArgs takes whatever comes next; a forgotten value must not eat the next option.
  const isFlagLike = value.length > 1 && value.startsWith('-') && !/^-\d/.test(value);
  if (inlineValue === false && isFlagLike)
    throw usage(
      `${rawName} needs a value, and "${value}" follows`,
      verb,
      `--${flag.name}=${value} if it is meant`,
    );
  return value;
}

function unknownOption(
  raw: string,
  written: string,
  flags: ReadonlyMap<string, Flag>,
  verb: string,
): HotpassError {
  const shown = [...flags.values()].filter((flag) => flag.isShown).map((flag) => flag.name);
  // -label is taken apart into letters; what was meant is the whole word.
  const isWholeWord = !raw.startsWith('--') && written.length > 2;
  const named = isWholeWord ? (written.split('=')[0] ?? raw) : raw;
  const near = suggestWord(named.replace(/^-+/, ''), named.length > 2 ? shown : []);
  const suggestion = near === undefined ? '' : `; did you mean --${near}?`;
  return usage(`unknown option ${named}${suggestion}`, verb);
}

/** Makes the error of a command line that cannot be understood. */
export function usage(
  message: string,
  path: string,
  hint = `hotpass ${path} --help`.replace('  ', ' '),
): HotpassError {
  return new HotpassError('usage', message, { hint });
}
