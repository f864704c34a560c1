import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../src/cli/parse.ts';
import { routeRequest } from '../src/cli/route.ts';
import { loadTable } from '../src/command.ts';
import { commands } from '../src/commands/index.ts';
import { confirm } from '../src/commands/options.ts';
import { errorCodes } from '../src/error-codes.ts';

const MOST_OPTIONS_IN_HELP = 15;
const src = fileURLToPath(new URL('../src', import.meta.url));
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('generated'))
  .map((name) => ({ name, text: readFileSync(join(src, name), 'utf8') }));

const { verbs } = await loadTable(commands);

describe.each(verbs.map((verb) => [verb.path, verb] as const))('the verb %s', (path, verb) => {
  it('stands in the file that its words name', () => {
    expect(existsSync(join(src, 'commands', `${path.replaceAll(' ', '/')}.ts`))).toBe(true);
  });

  it('is in the table with the words that it has itself', () => {
    const { summary } = verb;
    expect(commands.verbs.filter((entry) => entry.path === path)).toMatchObject([{ summary }]);
  });

  it('has a noun in the table, when it has one', () => {
    const [noun, ...more] = path.split(' ');
    expect(more.length === 0 || Object.hasOwn(commands.nouns, noun ?? '')).toBe(true);
  });

  it('has examples, and each of them parses', () => {
    expect(verb.examples.length).toBeGreaterThan(0);
    for (const [command, summary] of verb.examples) {
      expect(summary).not.toBe('');
      const request = routeRequest(commands, wordsOf(command));
      expect(request, command).toMatchObject({ kind: 'verb', verb: { path } });
      if (request.kind === 'verb') expect(parseArguments(verb, request.argv)).toHaveProperty('args');
    }
  });

  it('describes every option and positional, as a phrase without a full stop', () => {
    for (const [key, spec] of Object.entries({ ...verb.positionals, ...verb.options }))
      expect(spec.describe, key).toMatch(/^(ssh |[A-Z0-9]).*[^.\s]$/);
    expect(verb.summary).toMatch(/^[A-Z].*[^.\s]$/);
  });

  it('says what of the guard covers it and why, and takes --confirm where a protected target wants it', () => {
    const { why, ...covered } = verb.guard;
    for (const words of [why, ...Object.values(covered)]) expect(words).toMatch(/^[a-z`].*[^.]$/);
    expect(verb.options?.confirm).toEqual(verb.guard.protected === undefined ? undefined : confirm);
  });

  it(`shows at most ${MOST_OPTIONS_IN_HELP} options in its help`, () => {
    const shown = Object.values(verb.options ?? {}).filter(
      (one) => one.hidden !== true && one.advanced !== true,
    );
    expect(shown.length).toBeLessThanOrEqual(MOST_OPTIONS_IN_HELP);
  });

  it('gives no name or letter to two options', () => {
    const options = Object.entries(verb.options ?? {});
    const names = options.flatMap(([key, { aliases = [] }]) => [
      key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      ...aliases,
    ]);
    const letters = ['t', 'q', 'v', 'h', ...options.flatMap(([, { short }]) => short ?? [])];
    expect(names).toEqual([...new Set(names)]);
    expect(letters).toEqual([...new Set(letters)]);
  });
});

it('every verb about tunnels runs on Windows in WSL only', () => {
  const tunnels = verbs.filter(({ path }) => path.startsWith('net '));
  expect(tunnels.filter(({ posixOnly }) => posixOnly !== true).map(({ path }) => path)).toEqual([]);
});

it('every noun of the table has a verb', () => {
  const used = new Set(commands.verbs.map(({ path }) => path.split(' ')[0]));
  expect(Object.keys(commands.nouns).filter((noun) => !used.has(noun))).toEqual([]);
});

it('every file of commands/ with a verb is listed in the table', () => {
  const files = sources.filter(
    ({ name, text }) => name.startsWith('commands/') && text.includes('defineCommand('),
  );
  const listed = commands.verbs.map(({ path }) => `commands/${path.replaceAll(' ', '/')}.ts`);
  expect(files.map(({ name }) => name).sort()).toEqual([...listed].sort());
});

// Which folder may import which: the first rule that a file's name fits holds.
const allowed: readonly (readonly [file: RegExp, imports: RegExp])[] = [
  [/^(bin|supervisor|askpass)\.ts$/, /./],
  [/^main\.ts$/, /^(cli|commands|output|command|create-system|errors|system)/],
  [/^create-system\.ts$/, /^(aws|cli|output|errors|system|ops\/(process|aws))/],
  [/^commands\//, /^(commands|ops|state|config|cli|rehearsal\/index|[a-z-]+\.ts)/],
  [/^cli\//, /^(cli|[a-z-]+\.ts)/],
  [/^reference\.ts$/, /^(cli|command|error-codes)/],
  [/^ops\//, /^(ops|state|config|generated|[a-z-]+\.ts)/],
  [/^(state|config)\//, /^(state|config|generated|[a-z-]+\.ts)/],
  [/^rehearsal\//, /^(rehearsal|[a-z-]+\.ts)/],
  [/^[a-z-]+\.ts$/, /^[a-z-]+\.ts/],
];
const NEVER_BELOW_COMMANDS = ['main.ts', 'bin.ts', 'supervisor.ts', 'commands/index.ts', 'create-system.ts'];

it.each(sources.map(({ name, text }) => [name, text] as const))(
  '%s imports only what stands below it',
  (name, text) => {
    const rule = allowed.find(([file]) => file.test(name));
    for (const imported of importsOf(name, text)) {
      expect(imported, `${name} imports ${imported}`).toMatch(rule?.[1] ?? /^$/);
      if (/^(cli|ops|state|config|rehearsal)\//.test(name)) {
        const isType = new RegExp(`import type [^;]*${imported.split('/').at(-1)}'`).test(text);
        expect(isType || !NEVER_BELOW_COMMANDS.includes(imported), `${name} imports ${imported}`).toBe(true);
      }
    }
  },
);

describe('one door each', () => {
  const users = (pattern: RegExp) =>
    sources.filter(({ text }) => pattern.test(withoutComments(text))).map(({ name }) => name);

  it('process is touched by the entries alone', () => {
    const entries = ['askpass.ts', 'bin.ts', 'create-system.ts', 'supervisor.ts'];
    const isEntry = (name: string) => entries.includes(name) || /^rehearsal\/(main|entry)\.ts$/.test(name);
    expect(
      users(/(?<![\w/.])process\.[a-z]|\bglobalThis\.process|from 'node:process'/).filter(
        (name) => !isEntry(name),
      ),
    ).toEqual([]);
  });

  it('child processes start in ops/process.ts alone', () => {
    expect(users(/'(node:)?child_process'|'execa'/).filter((name) => name !== 'ops/process.ts')).toEqual([]);
  });

  it('console is used nowhere', () => {
    expect(users(/\bconsole\./)).toEqual([]);
  });

  it('state files are written through state/ alone', () => {
    expect(users(/'write-file-atomic'/).filter((name) => !name.startsWith('state/'))).toEqual([]);
  });
});

it('every error code of the table is used', () => {
  const all = sources
    .filter(({ name }) => name !== 'error-codes.ts')
    .map(({ text }) => text)
    .join('\n');
  const unused = Object.keys(errorCodes).filter((code) => !new RegExp(`['"\`]${code}['"\`]`).test(all));
  expect(unused).toEqual([]);
});

function importsOf(name: string, text: string): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return found.map((path) => relative(src, resolve(src, dirname(name), path)));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');
}

/** Splits an example as a shell would, after the assignments, `hotpass`, and before a redirection or pipe. */
function wordsOf(command: string): string[] {
  const own = command.replace(/^source <\((.*)\)$/, '$1').replace(/\s+(>>?|\|).*$/, '');
  const words = [...own.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([all, a, b]) => a ?? b ?? all);
  expect(words).toContain('hotpass');
  return words.slice(words.indexOf('hotpass') + 1);
}
