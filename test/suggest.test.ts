import { expect, it } from 'vitest';
import { suggestWord } from '../src/suggest.ts';

const known = ['label', 'local-port', 'via', 'host', 'up', 'status'];

it.each([
  ['lable', 'label'],
  ['lbel', 'label'],
  ['LABEL', 'label'],
  ['hots', 'host'],
  ['stat', 'status'],
  ['pu', 'up'],
  ['localport', 'local-port'],
])('takes "%s" for "%s"', (given, word) => {
  expect(suggestWord(given, known)).toBe(word);
});

it.each(['zebra', 'x', '', 'label'.repeat(1_000)])('suggests nothing for "%s"', (given) => {
  expect(suggestWord(given, known)).toBeUndefined();
});
