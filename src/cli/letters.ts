import type { Flag } from './flags.ts';

/**
 * Writes letters out as the options that they stand for: `-qt staging` and `-qtstaging` become
 * `--quiet --target staging` and `--quiet --target=staging`. What holds an unknown letter stays as it is.
 */
export function spreadLetters(words: readonly string[], flags: ReadonlyMap<string, Flag>): string[] {
  const byLetter = new Map<string, Flag>();
  // The first way to write an option has its letter; the others lead to the same key.
  for (const flag of flags.values())
    if (flag.spec.short !== undefined && !byLetter.has(flag.spec.short)) byLetter.set(flag.spec.short, flag);
  return words.flatMap((word) => (/^-[^-]/.test(word) ? spreadGroup(word, byLetter) : [word]));
}

function spreadGroup(word: string, byLetter: ReadonlyMap<string, Flag>): string[] {
  const spread: string[] = [];
  for (let place = 1; place < word.length; place++) {
    const flag = byLetter.get(word[place] ?? '');
    if (flag === undefined) return [word];
    const behind = word.slice(place + 1);
    const takesRest = behind !== '' && (flag.spec.type !== 'boolean' || behind.startsWith('='));
    if (takesRest) return [...spread, `--${flag.name}=${behind.replace(/^=/, '')}`];
    spread.push(`--${flag.name}`);
  }
  return spread;
}
