import { expect, it } from 'vitest';
import { typeLine } from '../../src/cli/tty.ts';

it.each([
  ['secret', { line: 'secret' }],
  ['secret\r', { line: 'secret', end: 'line' }],
  ['secret\nmore', { line: 'secret', end: 'line' }],
  ['sx\u007fecret\n', { line: 'secret', end: 'line' }],
  ['sü\bx\n', { line: 'sx', end: 'line' }],
  ['s😀\u007fx\n', { line: 'sx', end: 'line' }],
  ['\u007f\u007fx\n', { line: 'x', end: 'line' }],
  ['wrong\u0015right\n', { line: 'right', end: 'line' }],
  ['two words\u0017x\n', { line: 'two x', end: 'line' }],
  ['\u0004', { line: '', end: 'input' }],
  ['half\u0004', { line: 'half', end: 'line' }],
  ['secret\u0003', { line: '', end: 'interrupt' }],
  ['secret\u001c', { line: '', end: 'interrupt' }],
  ['a\u001ab\n', { line: 'ab', end: 'line' }],
] as const)('typing %j makes %j', (typed, made) => {
  expect(typeLine('', typed)).toEqual(made);
});

it('goes on with the line that was begun', () => {
  expect(typeLine('se', 'cret\n')).toEqual({ line: 'secret', end: 'line' });
});
