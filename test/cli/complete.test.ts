import { expect, it } from 'vitest';
import { completeWords } from '../../src/cli/complete.ts';
import { main } from '../../src/main.ts';
import { testSystem } from '../support/system.ts';
import { gateTable } from '../support/table.ts';

/** The candidates for the last word; a line that ends in a space has an empty one. */
async function tab(line: string): Promise<string[]> {
  const lines = await completeWords(gateTable, line.split(' '), testSystem());
  return lines.map((one) => one.split('\t')[0] ?? '');
}

it.each([
  ['', ['gate', 'exec']],
  ['ga', ['gate']],
  ['gate ', ['open', 'close']],
  ['gate o', ['open']],
  ['help gate c', ['close']],
  ['--json gate o', ['open']],
  ['-t staging gate o', ['open']],
  ['nope ', []],
  ['gate open --l', ['--label']],
  ['gate open --no-a', ['--no-auto-lock']],
  ['gate open --no-b', []],
  ['gate open --label east --l', []],
  ['gate open --add a=h:1 --ad', ['--add']],
  ['gate open --via ', ['hinge', 'slide']],
  ['gate open --via s', ['slide']],
  ['gate open --via=s', ['slide']],
  ['gate open --add ', []],
  ['gate open --count ', []],
  ['gate open --json=', []],
  ['gate open --key ', [':files']],
  ['gate open --config ', [':files']],
  ['gate open ', ['staging', 'prod']],
  ['gate open staging ', []],
  ['gate open -t ', ['staging', 'prod']],
  ['gate open -qt ', ['staging', 'prod']],
  ['gate open --label w', ['west']],
  ['gate open staging --label of', ['of-staging']],
  ['gate open --target=prod --label of', ['of-prod']],
  ['gate close ', ['east', 'west', 'of-undefined']],
  ['gate close east we', ['west']],
  ['exec -- ', [':files']],
  ['exec -- gate ', [':files']],
  ['gate open -- ', []],
])('offers for "%s"', async (line, candidates) => {
  expect(await tab(line)).toEqual(candidates);
});

it('offers no value with spaces or control characters, which would break the line', async () => {
  expect(await tab('gate open --label b')).toEqual([]);
});

it('offers nothing and stays silent when values cannot be found', async () => {
  const sys = testSystem();
  const code = await main(
    ['--get-completions', '--', 'gate', 'close', '--config', 'broken', ''],
    sys,
    gateTable,
  );
  expect({ code, stdout: sys.stdout(), stderr: sys.stderr() }).toEqual({ code: 0, stdout: '', stderr: '' });
});
