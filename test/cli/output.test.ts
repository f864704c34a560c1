import { expect, it } from 'vitest';
import { chooseColour } from '../../src/cli/colours.ts';
import { type CreateOutput, createOutput, type OutputMode } from '../../src/cli/output.ts';
import { loadPalette } from '../../src/cli/style.ts';
import { HotpassError } from '../../src/errors.ts';

function record(
  mode: Partial<OutputMode> = {},
  more: Partial<CreateOutput> & { columns?: number; tty?: boolean; unicode?: boolean } = {},
) {
  const written: string[] = [];
  const out = createOutput({
    streams: { stdout: (text) => written.push(`out ${text}`), stderr: (text) => written.push(`err ${text}`) },
    mode: { json: false, quiet: false, verbose: false, noColor: true, ...mode },
    terminal: {
      stdin: false,
      stdout: false,
      stderr: more.tty ?? false,
      columns: more.columns ?? 80,
      rows: 24,
      unicode: more.unicode ?? true,
    },
    canRedraw: true,
    ...more,
  });
  return { out, written };
}

it('keeps the answer on stdout and remarks on stderr', () => {
  const { out, written } = record({ verbose: true });
  out.note('a');
  out.warn('b');
  out.detail('c');
  out.result([1], (value) => `answer ${value}`);
  expect(written).toEqual(['err note: a\n', 'err warning: b\n', 'err c\n', 'out answer 1\n']);
});

it('drops what was not asked for', () => {
  const quiet = record({ quiet: true });
  quiet.out.note('a');
  quiet.out.detail('b');
  quiet.out.warn('c');
  expect(quiet.written).toEqual(['err warning: c\n']);
  const json = record({ json: true, verbose: true }, { tty: true });
  json.out.note('a');
  json.out.detail('b');
  json.out.warn('c');
  json.out.progress('d');
  json.out.result(undefined, () => 'text');
  expect(json.written).toEqual(['out null\n']);
});

it('prints items as one JSON line each', () => {
  const { out, written } = record({ json: true });
  out.item({ at: 'x\ny' }, () => '');
  out.item({ at: 2 }, () => '');
  expect(written).toEqual(['out {"at":"x\\ny"}\n', 'out {"at":2}\n']);
});

it('refuses a second answer, and tells an error behind an answer on stderr', () => {
  const { out, written } = record({ json: true });
  out.result(1, String);
  expect(() => out.result(2, String)).toThrow('twice');
  out.error(new HotpassError('not-ready', 'late'));
  expect(written).toEqual(['out 1\n', 'err error: late  [not-ready]\n']);
});

it('lets no control character of foreign text reach the terminal', () => {
  const evil = 'a\u001b[2J\u0007\u009b31m\rb\nc\u202e';
  const { out, written } = record({ verbose: true }, { tty: true });
  out.note(evil);
  out.warn(evil);
  out.detail(evil);
  out.progress(evil);
  out.progress('');
  out.error(new HotpassError('not-ready', evil, { hint: evil, doing: evil, state: evil }));
  const text = written.join('').replaceAll('\r\u001b[2K', '');
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text).toContain('a\\x1b[2J');
});

it('escapes in JSON what JSON itself leaves raw', () => {
  const { out, written } = record({ json: true });
  out.result('\u009b31m\u007f', String);
  expect(written).toEqual(['out "\\u009b31m\\u007f"\n']);
});

it('spells what goes to stderr in ASCII where the terminal knows no more', () => {
  const { out, written } = record({}, { tty: true, unicode: false, columns: 12 });
  out.progress('opening a …');
  out.warn('--bind=…');
  expect(written).toEqual(['err opening a .', 'err \r\u001b[2K', 'err warning: --bind=...\n']);
});

it('redraws progress in one line and clears it before anything else', () => {
  const { out, written } = record({}, { tty: true, columns: 6 });
  out.progress('waiting for it');
  out.progress('waiting for it');
  out.progress('b');
  out.note('c');
  out.progress('');
  expect(written).toEqual(['err waiti', 'err \r\u001b[2Kb', 'err \r\u001b[2K', 'err note: c\n']);
});

it.each([
  ['stderr is no terminal', {}, { tty: false }],
  ['TERM is dumb', {}, { tty: true, canRedraw: false }],
  ['--quiet', { quiet: true }, { tty: true }],
])('shows no progress when %s', (_, mode, more) => {
  const { out, written } = record(mode, more);
  out.progress('x');
  out.progress('');
  expect(written).toEqual([]);
});

it.each([
  ['a terminal', false, {}, true, 1],
  ['a pipe', false, {}, false, 0],
  ['--no-color', true, { FORCE_COLOR: '1' }, true, 0],
  ['NO_COLOR', false, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, 0],
  ['an empty NO_COLOR', false, { NO_COLOR: '' }, true, 1],
  ['FORCE_COLOR on a pipe', false, { FORCE_COLOR: '1' }, false, 1],
  ['FORCE_COLOR=0', false, { FORCE_COLOR: '0' }, true, 0],
  ['TERM=dumb', false, { TERM: 'dumb' }, true, 0],
])('decides on colour for %s', (_, noColor, env, isTerminal, level) => {
  expect(chooseColour(noColor, env, { stdout: isTerminal, stderr: false }, 'stdout')).toBe(level);
});

it('colours the state word alone', async () => {
  const { out, written } = record({}, { stderrPalette: await loadPalette(1) });
  out.error(new HotpassError('not-ready', 'late'));
  expect(written).toEqual(['err \u001b[31merror:\u001b[39m late  [not-ready]\n']);
});

it('draws what is watched over itself on a terminal, and prints a document a line elsewhere', () => {
  const shown = { stdin: false, stdout: true, stderr: true, columns: 80, rows: 24, unicode: true };
  const text = (value: string) => `${value}\nend`;
  const tty = record({}, { terminal: shown });
  tty.out.redraw('a', text);
  tty.out.redraw('b', text);
  // What is said in between stays, and the next drawing begins below it.
  tty.out.warn('c');
  tty.out.redraw('d', text);
  expect(tty.written).toEqual([
    'out \ra\u001b[K\nend\u001b[K\n\u001b[J',
    'out \r\u001b[2Ab\u001b[K\nend\u001b[K\n\u001b[J',
    'err warning: c\n',
    'out \rd\u001b[K\nend\u001b[K\n\u001b[J',
  ]);
  const pipe = record();
  pipe.out.redraw({ x: 1 }, () => 'text');
  const json = record({ json: true }, { terminal: shown });
  json.out.redraw({ x: 1 }, () => 'text');
  expect([...pipe.written, ...json.written]).toEqual(['out {"x":1}\n', 'out {"x":1}\n']);
  const dumb = record({}, { terminal: shown, canRedraw: false });
  dumb.out.redraw('a', text);
  expect(dumb.written).toEqual(['out a\nend\n\n']);
});
