import type { CommandTable, GlobalArgs, OptionSpec, Verb } from '../command.ts';
import { messageOf } from '../errors.ts';
import { printable } from '../printable.ts';
import type { System } from '../system.ts';
import { type Flag, flagName, listFlags } from './flags.ts';
import { globalOptions } from './global-options.ts';
import { findVerb } from './route.ts';

/** One line for the shell: the candidate, a tab, what it means; or `:files`. */
type Line = string;

/**
 * Lists what may stand in place of the last word. Offers nothing where anything it could say would be a guess,
 * and never an error: Tab must not disturb the line.
 */
export async function completeWords(
  table: CommandTable,
  words: readonly string[],
  sys: System,
): Promise<Line[]> {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const verb = await findVerb(table, before)?.verb.load();
  const flags = listFlags(verb?.options);
  if (before.includes('--')) return verb?.rest === undefined ? [] : [':files'];
  const state = readBefore(before, flags, verb);
  const find = (spec: OptionSpec, start: string) => listValues(table, spec, start, state.given, sys);
  if (state.waiting !== undefined) return find(state.waiting.spec, last);
  const [, name, start] = /^--([^=]+)=(.*)$/.exec(last) ?? [];
  if (name !== undefined) {
    const flag = flags.get(name);
    return flag === undefined || flag.spec.type === 'boolean' ? [] : find(flag.spec, start ?? '');
  }
  if (last.startsWith('-')) return listOptions(verb, state.used, last);
  if (verb === undefined) return listVerbs(table, state.words, last);
  const positionals = Object.values(verb.positionals ?? {});
  const place = state.words.length - verb.path.split(' ').length;
  const spec = positionals[place] ?? positionals.findLast((one) => one.repeat === true);
  return spec === undefined ? [] : find(spec, last);
}

interface Before {
  /** The option whose value comes next. */
  readonly waiting: Flag | undefined;
  readonly used: ReadonlySet<string>;
  readonly words: readonly string[];
  readonly given: GlobalArgs;
}

function readBefore(
  before: readonly string[],
  flags: ReadonlyMap<string, Flag>,
  verb: Verb | undefined,
): Before {
  const shorts = new Map([...flags.values()].map((flag) => [flag.spec.short, flag]));
  const used = new Set<string>();
  const words: string[] = [];
  const texts = new Map<string, string>();
  let waiting: Flag | undefined;
  for (const word of before) {
    if (waiting !== undefined) {
      texts.set(waiting.key, word);
      waiting = undefined;
    } else if (word.startsWith('-') && word !== '-') {
      const [name, value] = word.replace(/^--?/, '').split(/=(.*)/s);
      const flag = word.startsWith('--') ? flags.get(name ?? '') : shorts.get(word.slice(-1));
      if (flag === undefined) continue;
      if (flag.spec.repeat !== true) used.add(flag.key);
      if (value !== undefined) texts.set(flag.key, value);
      else if (flag.spec.type !== 'boolean') waiting = flag;
    } else words.push(word);
  }
  return { waiting, used, words, given: givenArgs(texts, words, verb) };
}

function givenArgs(
  texts: ReadonlyMap<string, string>,
  words: readonly string[],
  verb: Verb | undefined,
): GlobalArgs {
  const place = Object.keys(verb?.positionals ?? {}).indexOf('target');
  const positional = place < 0 ? undefined : words[(verb?.path.split(' ').length ?? 0) + place];
  return {
    target: texts.get('target') ?? positional,
    config: texts.get('config'),
    stateDir: texts.get('stateDir'),
    json: false,
    quiet: true,
    verbose: false,
    explain: false,
    rest: [],
  };
}

async function listValues(
  table: CommandTable,
  spec: OptionSpec,
  start: string,
  given: GlobalArgs,
  sys: System,
): Promise<Line[]> {
  if (spec.choices !== undefined)
    return matching(
      spec.choices.map((choice) => [choice, spec.describe]),
      start,
    );
  if (spec.complete === 'file') return [':files'];
  if (spec.complete === undefined || table.complete === undefined) return [];
  try {
    const values = await table.complete(spec.complete, given, sys);
    return matching(
      values.map((value) => [value, spec.complete ?? '']),
      start,
    );
  } catch (error) {
    sys.out.detail(messageOf(error));
    return [];
  }
}

function listOptions(verb: Verb | undefined, used: ReadonlySet<string>, start: string): Line[] {
  const options: [string, OptionSpec][] = Object.entries({ ...verb?.options, ...globalOptions });
  const free = options.filter(([key, spec]) => spec.hidden !== true && !used.has(key));
  const rows = free.flatMap(([key, spec]): [string, string][] => {
    const off: [string, string][] = canBeOff(spec) ? [[`--no-${flagName(key)}`, spec.describe]] : [];
    return [[`--${flagName(key)}`, spec.describe], ...off];
  });
  return matching(rows, start);
}

function canBeOff({ type, fallback }: OptionSpec): boolean {
  return type === 'boolean' && fallback !== undefined;
}

function listVerbs(table: CommandTable, words: readonly string[], start: string): Line[] {
  if (words[0] === 'help') return listVerbs(table, words.slice(1), start);
  const [noun] = words;
  if (words.length > 1) return [];
  const rows = table.verbs.flatMap(({ path, summary }): [string, string][] => {
    const [first, second] = path.split(' ');
    if (noun === undefined) return second === undefined ? [[path, summary]] : [];
    return first === noun && second !== undefined ? [[second, summary]] : [];
  });
  return matching(noun === undefined ? [...Object.entries(table.nouns), ...rows] : rows, start);
}

function matching(rows: readonly (readonly [string, string])[], start: string): Line[] {
  // A candidate with control characters or spaces would break the line that it is put into.
  return rows
    .filter(([value]) => value.startsWith(start) && /^[\x21-\x7e]+$/.test(value))
    .map(([value, meaning]) => `${value}\t${printable(meaning)}`);
}
