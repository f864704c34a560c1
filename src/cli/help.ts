import type { CommandTable, OptionSpec, Verb, VerbEntry } from '../command.ts';
import { columnsOf, wrap } from './columns.ts';
import { flagName } from './flags.ts';
import { globalOptions } from './global-options.ts';
import { positionalWord } from './positionals.ts';

/** What every verb's exit code says, in one line. */
const EXIT_CODES =
  '0 what was asked is true now; 1 it could not be done or is not so; 2 the request or a file is wrong';

/** What the exit code of a verb says that runs a command. */
export const PASSED_EXIT_CODES =
  'that of the command, 128+n when signal n ended it; 125 hotpass itself failed, 126 the command cannot be run, 127 it was not found';

const WIDEST = 100;
const NARROWEST = 50;

/** Renders help on the program (empty path), a noun, or a verb; `all` adds the options that few people need. */
export async function renderHelp(
  table: CommandTable,
  path: string,
  columns: number,
  all = false,
): Promise<string> {
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns));
  const verb = await table.verbs.find((one) => one.path === path)?.load();
  const blocks = verb === undefined ? groupHelp(table, path, width) : verbHelp(verb, width, all);
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Writes an option as help shows it: `-t, --target NAME`, `--[no-]auto-port`. */
export function optionTerm(key: string, spec: OptionSpec): string {
  const isOnAlready = spec.type === 'boolean' && spec.fallback !== undefined;
  const flag = `--${isOnAlready ? '[no-]' : ''}${flagName(key)}`;
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  return `${short}${flag}${valueWord(spec)}`;
}

/** Writes the one line that says how a verb is called. */
export function usageLine(verb: Verb): string {
  const positionals = Object.entries(verb.positionals ?? {}).map(([name, spec]) =>
    positionalWord(name, spec),
  );
  const rest = verb.rest === undefined ? [] : ['--', verb.rest];
  return ['hotpass', verb.path, ...positionals, '[options]', ...rest].join(' ');
}

function groupHelp(table: CommandTable, noun: string, width: number): string[] {
  const isShown = ({ path }: VerbEntry) => noun === '' || path.startsWith(`${noun} `);
  const rows = table.verbs.filter(isShown).map(({ path, summary }) => [path, summary] as const);
  const title =
    noun === '' ? 'from a cold shell to a working staging environment and back' : table.nouns[noun];
  return [
    wrap(`hotpass${noun === '' ? '' : ` ${noun}`}: ${title}`, width, 2),
    `Usage: hotpass ${noun === '' ? '<verb>' : `${noun} <verb>`} [options]`,
    `Verbs:\n${columnsOf(rows, width)}`,
    noun === '' ? `Options of every verb:\n${columnsOf(optionRows(globalOptions, true), width)}` : '',
    `Help on a verb: hotpass help ${rows[0]?.[0] ?? ''}`,
    noun === '' ? wrap(`Exit codes: ${EXIT_CODES}`, width, 2) : '',
  ];
}

function verbHelp(verb: Verb, width: number, all: boolean): string[] {
  const options = Object.entries(verb.options ?? {}).filter(([, spec]) => spec.hidden !== true);
  const isMore = options.some(([, spec]) => spec.advanced === true) && !all;
  const shown = optionRows(Object.fromEntries(options), all);
  const positionals = Object.entries(verb.positionals ?? {}).map(
    ([name, spec]) => [name, meaningOf(spec, '')] as const,
  );
  return [
    wrap(`hotpass ${verb.path}: ${verb.summary}`, width, 2),
    wrap(`Usage: ${usageLine(verb)}`, width, 7),
    positionals.length === 0 ? '' : `Arguments:\n${columnsOf(positionals, width)}`,
    shown.length === 0 ? '' : `Options:\n${columnsOf(shown, width)}`,
    isMore ? `More options: hotpass ${verb.path} --help --verbose` : '',
    wrap(`Every verb: ${globalTerms()}`, width, 2),
    `Examples:\n${verb.examples.map(([command, summary]) => `  ${command}\n      ${summary}`).join('\n')}`,
    wrap(`Exit codes: ${verb.passesExitCode ? PASSED_EXIT_CODES : EXIT_CODES}`, width, 2),
  ];
}

function optionRows(
  options: Readonly<Record<string, OptionSpec>>,
  all: boolean,
): (readonly [string, string])[] {
  return Object.entries(options)
    .filter(([, spec]) => all || spec.advanced !== true)
    .map(([key, spec]) => [optionTerm(key, spec), meaningOf(spec)]);
}

function valueWord(spec: OptionSpec): string {
  if (spec.type === 'boolean') return '';
  const fallback = { string: 'TEXT', number: 'NUMBER', duration: 'TIME' }[spec.type];
  return ` ${spec.value ?? (spec.choices === undefined ? fallback : spec.choices.join('|'))}`;
}

/** A positional that repeats shows it by its dots already. */
function meaningOf(spec: OptionSpec, repeatable = '; may be repeated'): string {
  const choices =
    spec.choices !== undefined && spec.value !== undefined ? ` (${spec.choices.join(', ')})` : '';
  const repeat = spec.repeat === true ? repeatable : '';
  const fallback = spec.fallback === undefined ? '' : ` [${spec.fallback}]`;
  return `${spec.describe}${choices}${repeat}${fallback}`;
}

function globalTerms(): string {
  return Object.entries(globalOptions)
    .map(([key, spec]) => optionTerm(key, spec).replaceAll(' ', '\u00a0'))
    .join('; ')
    .replaceAll(',\u00a0', '\u00a0');
}
