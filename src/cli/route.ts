import type { CommandTable, VerbEntry } from '../command.ts';
import { suggestWord } from '../suggest.ts';
import { type Flag, listFlags } from './flags.ts';
import { readTokens, usage } from './tokens.ts';

/** What a command line asks for before its options are read. */
export type Request =
  | { readonly kind: 'verb'; readonly verb: VerbEntry; readonly argv: readonly string[] }
  /** `path` is a verb, a noun, or empty for the program. */
  | { readonly kind: 'help'; readonly path: string }
  | { readonly kind: 'version' };

/** Finds what a command line asks for. Throws `usage` for words that are no verb. */
export function routeRequest(table: CommandTable, argv: readonly string[]): Request {
  const found = findVerb(table, argv);
  if (found !== undefined) return { kind: 'verb', ...found };
  const { options, words } = readTokens(argv, programFlags(), '');
  const [first, ...more] = words;
  if (options.some(({ flag }) => flag.key === 'version')) return { kind: 'version' };
  if (first === undefined) return { kind: 'help', path: '' };
  if (first === 'help') return { kind: 'help', path: checkPath(table, more) };
  const path = checkPath(table, [first, ...more]);
  if (options.some(({ flag }) => flag.key === 'help')) return { kind: 'help', path };
  throw usage(`${path} needs a verb: ${verbsOf(table, path).join(', ')}`, path);
}

/** Finds the verb whose words come first, global options left aside, and the line without these words. */
export function findVerb(
  table: CommandTable,
  argv: readonly string[],
): { readonly verb: VerbEntry; readonly argv: readonly string[] } | undefined {
  const places = findWords(argv);
  for (const taken of [places, places.slice(0, 1)]) {
    const path = taken.map((index) => argv[index]).join(' ');
    const verb = table.verbs.find((one) => one.path === path);
    if (verb !== undefined) return { verb, argv: argv.filter((_, index) => !taken.includes(index)) };
  }
  return undefined;
}

/** Lists the verbs of a noun without the noun. */
function verbsOf(table: CommandTable, noun: string): string[] {
  return table.verbs.flatMap(({ path }) =>
    path.startsWith(`${noun} `) ? [path.slice(noun.length + 1)] : [],
  );
}

function programFlags(): ReadonlyMap<string, Flag> {
  return listFlags({ version: { type: 'boolean', describe: 'Print the version' } });
}

/** Finds the places of the first two words before any option that is not a global one. */
function findWords(argv: readonly string[]): number[] {
  const flags = listFlags();
  const places: number[] = [];
  for (let index = 0; index < argv.length && places.length < 2; index++) {
    const word = argv[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      places.push(index);
      continue;
    }
    const [, name = ''] = /^--([^=]+)/.exec(word) ?? [];
    if (word.startsWith('--') ? !flags.has(name) : !/^-[tqvh]/.test(word)) break;
    const takesNext =
      word === `--${name}` ? flags.get(name)?.spec.type === 'string' : /^-[qvh]*t$/.test(word);
    if (takesNext) index += 1;
  }
  return places;
}

/** Gives the words back as a path when they name a verb or a noun. */
function checkPath(table: CommandTable, words: readonly string[]): string {
  const [noun, verb] = words;
  if (noun === undefined) return '';
  for (const path of [words.slice(0, 2).join(' '), noun])
    if (table.verbs.some((one) => one.path === path)) return path;
  if (Object.hasOwn(table.nouns, noun)) {
    if (verb === undefined) return noun;
    const near = suggestWord(verb, verbsOf(table, noun));
    throw usage(`unknown verb "${noun} ${verb}"${didYouMean(near && `${noun} ${near}`)}`, noun);
  }
  const tops = [...Object.keys(table.nouns), ...table.verbs.map(({ path }) => path)];
  const elsewhere = table.verbs.find(({ path }) => path.endsWith(` ${noun}`))?.path;
  throw usage(`unknown verb "${noun}"${didYouMean(elsewhere ?? suggestWord(noun, tops))}`, '');
}

function didYouMean(path: string | undefined): string {
  return path === undefined ? '' : `; did you mean "${path}"?`;
}
