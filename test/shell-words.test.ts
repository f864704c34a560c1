import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { quotePath } from '../src/config/paths.ts';
import { shellCommand, shellWord } from '../src/shell-words.ts';

const WORDS = [
  'plain',
  '',
  'a b',
  "it's",
  '$(id)',
  '`id`',
  '~',
  '~root/x',
  'a\nb',
  '*',
  '\\',
  '"',
  'ä',
  '-n',
  'a;b',
];

it('a shell reads back every word as it was', () => {
  const printed = execFileSync('sh', ['-c', shellCommand(['printf', '%s\\0', ...WORDS])], {
    encoding: 'utf8',
  });
  expect(printed.split('\0').slice(0, -1)).toEqual(WORDS);
});

it.each(['staging', '/home/ann/.ssh/id', 'user@host:22', '50%'])('%s needs no quotes', (word) => {
  expect(shellWord(word)).toBe(word);
});

it('a shell still reads the home folder in a path that is shown, with spaces or not', () => {
  const read = (path: string) =>
    execFileSync('sh', ['-c', `printf %s ${quotePath(path)}`], { encoding: 'utf8', env: { HOME: '/h' } });
  expect(['~/a', '~/my keys/id', '/tmp/~x', "it's/a"].map(read)).toEqual([
    '/h/a',
    '/h/my keys/id',
    '/tmp/~x',
    "it's/a",
  ]);
});
