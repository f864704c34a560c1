import { expect, it } from 'vitest';
import { findCommon, fits, isWithin, parsePattern } from '../../../../src/ops/aws/oidc/pattern.ts';
import { createRandom } from '../../../support/random.ts';

/** Says the same by another way: with a regular expression. */
function fitsByExpression(text: string, pattern: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

it('agrees with regular expressions on any short text and pattern', () => {
  const random = createRandom(1);
  const make = (letters: string) =>
    Array.from(
      { length: Math.floor(random() * 7) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('');
  for (let i = 0; i < 1_000; i++) {
    const [text, pattern, other] = [make('ab'), make('ab*?'), make('ab*?')];
    const [read, second] = [parsePattern(pattern), parsePattern(other)];
    expect(fits(text, read), `${text} ${pattern}`).toBe(fitsByExpression(text, pattern));
    const common = findCommon(read, second);
    if (common !== undefined) {
      expect(
        fitsByExpression(common, pattern) && fitsByExpression(common, other),
        `${pattern} ${other}`,
      ).toBe(true);
    }
    const both = fitsByExpression(text, pattern) && fitsByExpression(text, other);
    if (both) expect(common, `${text} fits ${pattern} and ${other}`).toBeDefined();
    const within = isWithin(read, second);
    if (fitsByExpression(text, pattern) && within !== 'maybe')
      expect(fitsByExpression(text, other), `${text} ${pattern} ${other} ${within}`).toBe(within === 'yes');
  }
});

it('comes to an end with many stars, and with the longest policy', () => {
  expect(fits(`${'a'.repeat(300)}b`, parsePattern(`${'a*'.repeat(60)}c`))).toBe(false);
  expect(
    findCommon(parsePattern(`${'a*'.repeat(60)}b`), parsePattern(`${'*a'.repeat(60)}c`)),
  ).toBeUndefined();
  expect(findCommon(parsePattern(`*${'b'.repeat(8_000)}`), parsePattern('a*'))).toBe(`a${'b'.repeat(8_000)}`);
});
