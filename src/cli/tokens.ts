import { Parser } from 'yargs/helpers';
import { HotpassError } from '../errors.ts';
import { suggestWord } from '../suggest.ts';
import type { Flag } from './flags.ts';
import { spreadLetters } from './letters.ts';

/** One option as it was written. */
export interface WrittenOption {
  readonly flag: Flag;
  /** undefined for booleans. */
  readonly text: string | undefined;
}

/** A command line taken apart. */
export interface Written {
  /** Repeated values and booleans in the order they were written. */
  readonly options: readonly WrittenOption[];
  readonly words: readonly string[];
  /** What stands behind `--`; undefined when there is no `--`. */
  readonly rest: readonly string[] | undefined;
}

// What yargs would do beyond reading: take --no-x apart, invent spellings of a name, take words for numbers.
const STRICT = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'parse-positional-numbers': false,
  'unknown-options-as-args': true,
};

/** Takes a command line apart. Throws `usage` for an unknown option and for an option whose value is missing. */
export function readTokens(argv: readonly string[], flags: ReadonlyMap<string, Flag>, verb: string): Written {
  const end = argv.indexOf('--');
  const words = spreadLetters(end < 0 ? argv : argv.slice(0, end), flags);
  for (const word of words) if (isUnknown(word, flags)) throw unknownOption(word, flags, verb);
  const { found, problem } = parse(words, flags);
  if (problem !== undefined) throw wrongValue(problem, argv, words, verb);
  const { _: plain = [], ...named } = found;
  const negative = plain.find((word) => word.startsWith('-') && word !== '-');
  if (negative !== undefined) throw unknownOption(negative, flags, verb);
  return {
    options: Object.entries(named)
      .flatMap(([name, values]) => optionsOf(flags.get(name), values, verb))
      .sort((a, b) => lastPlace(words, a) - lastPlace(words, b)),
    words: plain,
    rest: end < 0 ? undefined : argv.slice(end + 1),
  };
}

interface Problem {
  readonly kind: 'value-missing' | 'value-unwanted';
  readonly name: string;
}

function parse(
  words: readonly string[],
  flags: ReadonlyMap<string, Flag>,
): { found: Readonly<Record<string, string[]>>; problem: Problem | undefined } {
  // Only what is written: yargs walks its whole list for each word.
  const names = [...flags.keys()].filter((name) => words.some((word) => nameOf(word) === name));
  const isBoolean = (name: string) => flags.get(name)?.spec.type === 'boolean';
  let problem: Problem | undefined;
  const options = {
    boolean: names.filter(isBoolean),
    string: names.filter((name) => !isBoolean(name)),
    // How many words an option takes. Without the 0, `--json true` would take the "true".
    narg: Object.fromEntries(names.map((name) => [name, isBoolean(name) ? 0 : 1])),
    configuration: STRICT,
    // yargs words its findings by this; the last one alone would be in its answer.
    __: (text: unknown, name: unknown) => {
      const kind = String(text).startsWith('Argument unexpected') ? 'value-unwanted' : 'value-missing';
      problem ??= { kind, name: String(name) };
      return String(text);
    },
  };
  const { argv } = Parser.detailed([...words], options);
  const entries: [string, unknown][] = Object.entries(argv);
  const found = entries.map(([name, value]) => [name, [value].flat().map(String)] as const);
  return { found: Object.fromEntries(found), problem };
}

function optionsOf(flag: Flag | undefined, values: readonly string[], verb: string): WrittenOption[] {
  if (flag === undefined) return [];
  if (flag.spec.type === 'boolean') return [{ flag, text: undefined }];
  if (values.includes('')) throw usage(`--${flag.name} has an empty value`, verb);
  return values.map((text) => ({ flag, text }));
}

/** yargs keeps no order between names, and of `--json` and `--no-json` the last one counts. */
function lastPlace(words: readonly string[], { flag }: WrittenOption): number {
  return words.findLastIndex((word) => nameOf(word) === flag.name);
}

function wrongValue(
  { kind, name }: Problem,
  argv: readonly string[],
  words: readonly string[],
  verb: string,
): HotpassError {
  if (kind === 'value-unwanted') {
    const given = words.find((word) => word.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
    return usage(`--${name} takes no value, and "${given}" was given`, verb);
  }
  const follows = argv.find((word, index) => /^-\D/.test(word) && argv[index - 1] === `--${name}`);
  if (follows === undefined) return usage(`--${name} needs a value`, verb);
  return usage(
    `--${name} needs a value, and "${follows}" follows`,
    verb,
    `--${name}=${follows} if it is meant`,
  );
}

function isUnknown(word: string, flags: ReadonlyMap<string, Flag>): boolean {
  // A dash and a digit may be the value of the option before it.
  return word.startsWith('-') && word !== '-' && !/^-\d/.test(word) && !flags.has(nameOf(word) ?? '');
}

/** The name of an option as it is written: `label` of `--label=east`. */
function nameOf(word: string): string | undefined {
  return word.startsWith('--') ? word.slice(2).split('=')[0] : undefined;
}

function unknownOption(word: string, flags: ReadonlyMap<string, Flag>, verb: string): HotpassError {
  const shown = [...flags.values()].filter((flag) => flag.isShown).map((flag) => flag.name);
  const named = word.split('=')[0] ?? word;
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
