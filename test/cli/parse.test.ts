import { expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { testSystem } from '../support/system.ts';
import { gateTable } from '../support/table.ts';

async function run(...argv: string[]) {
  const sys = testSystem();
  const code = await main(argv, sys, gateTable);
  return { code, stdout: sys.stdout(), stderr: sys.stderr() };
}

async function argsOf(line: string): Promise<unknown> {
  const { code, stdout, stderr } = await run(...line.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

it.each([
  ['gate open', { add: [], rest: [], json: false }],
  ['gate open staging', { target: 'staging' }],
  ['gate open 1e3', { target: '1e3' }],
  ['gate open 0x10', { target: '0x10' }],
  ['gate open --label 1e3', { label: '1e3' }],
  ['gate open --target staging', { target: 'staging' }],
  ['gate open -t staging', { target: 'staging' }],
  ['gate open -tstaging', { target: 'staging' }],
  ['-t staging gate open', { target: 'staging' }],
  ['--target=staging gate open', { target: 'staging' }],
  ['gate --quiet open', { quiet: true }],
  ['-qt staging gate open', { target: 'staging', quiet: true }],
  ['gate open staging -t staging', { target: 'staging' }],
  ['gate open -qtstaging', { target: 'staging', quiet: true }],
  ['gate open -t=staging', { target: 'staging' }],
  ['gate open --json true', { json: true, target: 'true' }],
  ['gate open --no-auto-lock false', { autoLock: false, target: 'false' }],
  ['gate open -q true', { quiet: true, target: 'true' }],
  ['gate open --label true', { label: 'true' }],
  ['gate open --label -', { label: '-' }],
  ['gate open --label "x"', { label: '"x"' }],
  ['gate open --label="x"', { label: '"x"' }],
  ['gate open --label=--', { label: '--' }],
  ['gate open --label a.b', { label: 'a.b' }],
  ['gate open -qv', { quiet: true, verbose: true }],
  ['gate open --label 007', { label: '007' }],
  ['gate open --name east', { label: 'east' }],
  ['gate open --label=-dash', { label: '-dash' }],
  ['gate open --label=a=b', { label: 'a=b' }],
  ['gate open --count 4200', { count: 4200 }],
  ['gate open -n 3', { count: 3 }],
  ['gate open --count -1', { count: -1 }],
  ['gate open --count=-1', { count: -1 }],
  ['gate open -n-1', { count: -1 }],
  ['gate open --hold 30', { hold: 30_000 }],
  ['gate open --hold 1.5s', { hold: 1_500 }],
  ['gate open --add a=h:1 --add b=h:2', { add: ['a=h:1', 'b=h:2'] }],
  ['gate open --auto-lock', { autoLock: true }],
  ['gate open --no-auto-lock', { autoLock: false }],
  ['gate open --no-auto-lock --auto-lock', { autoLock: true }],
  ['gate open --auto-lock --no-auto-lock --auto-lock', { autoLock: true }],
  ['gate open --no-auto-lock --auto-lock --no-auto-lock', { autoLock: false }],
  ['gate open --no-quiet -q', { quiet: true }],
  ['gate open -q --no-quiet', { quiet: false }],
  ['gate open --add a=h:1 --quiet --add b=h:2 --add c=h:3', { add: ['a=h:1', 'b=h:2', 'c=h:3'] }],
  ['gate open --no-bell', { noBell: true }],
  ['gate open --state-dir /s --config c.yaml --explain', { stateDir: '/s', config: 'c.yaml', explain: true }],
])('reads "%s"', async (line, expected) => {
  expect(await argsOf(line)).toMatchObject(expected);
});

it('keeps a value that was not given apart from every value', async () => {
  const args = await argsOf('gate open');
  expect(args).not.toHaveProperty('autoLock');
  expect(args).not.toHaveProperty('label');
  expect(args).not.toHaveProperty('target');
});

it.each([
  ['gate open --lable x', 'unknown option --lable; did you mean --label?'],
  ['gate open --locl', 'unknown option --locl'],
  ['gate open -label x', 'unknown option -label; did you mean --label?'],
  ['gate open -x', 'unknown option -x'],
  ['gate open --no-label', 'unknown option --no-label'],
  ['gate open --autoLock', 'unknown option --autoLock; did you mean --auto-lock?'],
  ['gate open -q5', 'unknown option -q5'],
  ['gate open -q-', 'unknown option -q-'],
  ['gate open -5', 'unknown option -5'],
  ['gate open -5abc', 'unknown option -5abc'],
  ['gate open ---json', 'unknown option ---json; did you mean --json?'],
  ['gate open --label- x', 'unknown option --label-; did you mean --label?'],
  ['gate open --label.x=1', 'unknown option --label.x; did you mean --label?'],
  ['gate open --__proto__ x', 'unknown option --__proto__'],
  ['gate open --no-bel', 'unknown option --no-bel'],
  ['gate open --label', '--label needs a value'],
  ['gate open --label --quiet', '--label needs a value, and "--quiet" follows'],
  ['gate open --label -t', '--label needs a value, and "-t" follows'],
  ['gate open --add a=h:1 --add', '--add needs a value'],
  ['gate open --label -- x', '--label needs a value, and "--" follows'],
  ['gate open --label=', '--label has an empty value'],
  ['gate open --label a --label b', '--label is given twice'],
  ['gate open --label a --name b', '--name is given twice'],
  ['gate open -t a --target a', '--target is given twice'],
  ['gate open --config a --config b', '--config is given twice'],
  ['gate open a -t b', 'two targets are given, "a" and --target "b"'],
  ['gate open a b', 'unexpected argument "b"'],
  ['exec true', 'unexpected argument "true"; the command stands behind "--"'],
  ['gate open --count abc', '--count is not a number: "abc"'],
  ['gate open --count 0x10', '--count is not a number: "0x10"'],
  ['gate open --count 1e3', '--count is not a number: "1e3"'],
  ['gate open --count NaN', '--count is not a number: "NaN"'],
  ['gate open --hold 1x', '--hold is not a duration up to 24 days: "1x"'],
  ['gate open --hold 999h', '--hold is not a duration up to 24 days: "999h"'],
  ['gate open --hold -1', '--hold is not a duration up to 24 days: "-1"'],
  ['gate open --via hinges', '--via has no choice "hinges"; did you mean hinge?'],
  ['gate open --json=yes', '--json takes no value, and "yes" was given'],
  ['gate open --json=', '--json takes no value, and "" was given'],
  ['gate open -q=yes', '--quiet takes no value, and "yes" was given'],
  ['gate open -- x', 'gate open takes nothing behind "--"'],
  ['gate opn', 'unknown verb "gate opn"; did you mean "gate open"?'],
  ['gaet open', 'unknown verb "gaet"; did you mean "gate"?'],
  ['close', 'unknown verb "close"; did you mean "gate close"?'],
  ['zzzzzzzz', 'unknown verb "zzzzzzzz"'],
  ['gate', 'gate needs a verb: open, close'],
  ['gate --bogus', 'unknown option --bogus'],
  ['--label x gate open', 'unknown option --label'],
  ['help gate opn', 'unknown verb "gate opn"; did you mean "gate open"?'],
  ['constructor', 'unknown verb "constructor"'],
])('refuses "%s" with exit 2 and names the wrong word', async (line, message) => {
  const text = await run(...line.split(' '));
  expect(text).toMatchObject({ code: 2, stdout: '' });
  expect(text.stderr.split('\n')[0]).toBe(`error: ${message}  [usage]`);

  const json = await run('--json', ...line.split(' '));
  if (!line.includes('--json')) {
    expect(json).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'usage', message, exitCode: 2 } });
  }
});

it('refuses an empty word where a name is wanted', async () => {
  expect((await run('gate', 'open', '')).stderr).toContain('target is empty');
  expect((await run('gate', 'open', '--label', '')).stderr).toContain('--label has an empty value');
  expect((await run('gate', 'close', 'east', '')).stderr).toContain('label is empty');
});

it('keeps what stands behind -- as it is', async () => {
  const { stdout } = await run('exec', '--json', '--', 'a b', '--json', '-x', '', '--');
  expect(JSON.parse(stdout)).toEqual(['a b', '--json', '-x', '', '--']);
});

it('takes no part of a word for the option that it begins with', async () => {
  for (const word of ['--label\nx', '--label\tx', '--label:x', '--label x'])
    expect((await run('gate', 'open', word, 'y')).stderr).toContain('unknown option --label');
});

it('tells an empty -- from none', async () => {
  expect((await run('gate', 'open', '--')).stderr).toContain('gate open takes nothing behind "--"');
  expect(await run('exec', '--')).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('does not take --json behind -- for its own', async () => {
  const { stderr } = await run('gate', 'open', '--', '--json');
  expect(stderr).toContain('error: gate open takes nothing');
});
