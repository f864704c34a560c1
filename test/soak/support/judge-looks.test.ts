import { describe, expect, it } from 'vitest';
import { findContradictions, judgeLook, type Truth, type Word } from './judge-looks.ts';

const broken: Truth = { from: 10_000, word: 'reconnecting', withinMs: 1_000 };
const truths: readonly Truth[] = [
  { from: 0, word: 'ready', withinMs: 1_000 },
  broken,
  { from: 20_000, word: 'ready', withinMs: 2_000 },
];
const judge = (word: Word, began: number, ended = began + 100, known = truths) => {
  const { truth, grade } = judgeLook({ began, ended, word }, known);
  return `${truth}: ${grade}`;
};

describe('a look', () => {
  it.each<[string, Word, number, number]>([
    ['ready: right', 'ready', 5_000, 5_100],
    // The change came while it was made: either word is right.
    ['ready: right', 'ready', 9_950, 10_100],
    ['reconnecting: right', 'reconnecting', 9_950, 10_100],
    // A look may see a change a moment before the test's own client.
    ['reconnecting: right', 'reconnecting', 9_500, 9_600],
    ['ready: right', 'ready', 19_500, 19_600],
    ['ready: late', 'reconnecting', 9_000, 9_100],
    ['reconnecting: in-time', 'ready', 10_900, 13_000],
    ['reconnecting: flattering', 'ready', 11_100, 11_200],
    ['reconnecting: in-time', 'degraded', 10_900, 11_000],
    ['reconnecting: flattering', 'degraded', 11_100, 11_200],
    ['reconnecting: late', 'failed', 10_100, 10_200],
    ['ready: in-time', 'reconnecting', 21_900, 22_000],
    ['ready: late', 'reconnecting', 22_100, 22_200],
  ])('is %s when it says %s from %i to %i', (expected, word, began, ended) => {
    expect(judge(word, began, ended)).toBe(expected);
  });

  it('may say for a while what it is told that it may', () => {
    const known = [truths[0] ?? broken, { ...broken, withinMs: 5_000, meanwhile: ['failed'] as const }];
    expect(judge('failed', 14_900, 15_000, known)).toBe('reconnecting: in-time');
    expect(judge('failed', 15_100, 15_200, known)).toBe('reconnecting: late');
  });

  it('may still say what was true before a short break', () => {
    const known: Truth[] = [broken, { ...broken, from: 10_200, word: 'ready' }];
    expect(judge('reconnecting', 11_100, 11_150, known)).toBe('ready: in-time');
    expect(judge('reconnecting', 11_300, 11_350, known)).toBe('ready: late');
  });
});

describe('the test itself', () => {
  it('is wrong when its own client sees something else', () => {
    const attempt = (served: boolean, began: number) => ({ began, ended: began + 100, served });
    const fine = [attempt(true, 5_000), attempt(false, 15_000), attempt(true, 25_000)];
    expect(findContradictions(fine, truths)).toEqual([]);
    expect(findContradictions([attempt(false, 5_000)], truths)).toEqual([
      'a client was not served 5.0 s after it was made ready',
    ]);
    expect(findContradictions([attempt(true, 15_000)], truths)).toEqual([
      'a client was served 5.0 s after it was made reconnecting',
    ]);
  });

  it('is not judged around a change, nor where its client cannot tell', () => {
    expect(findContradictions([{ began: 9_000, ended: 9_800, served: false }], truths)).toEqual([]);
    const unproven = [{ ...broken, unproven: true }];
    expect(findContradictions([{ began: 15_000, ended: 15_100, served: true }], unproven)).toEqual([]);
  });
});
