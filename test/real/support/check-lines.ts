import { expect } from 'vitest';
import type { Ended } from '../../support/hotpass.ts';
import { parseCommand } from '../../support/next-commands.ts';

/**
 * Gives what `aws check` printed, without what is another at each run. Fails when a link that is broken is not followed by
 * what to type, or when a command of ours among that does not parse.
 */
export function checkLines({ stdout, stderr }: Ended): string {
  const lines = stdout.trimEnd().split('\n');
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('FAILED')) continue;
    const below = lines.slice(index + 1);
    const end = below.findIndex((one) => !one.startsWith('   '));
    expect(below.slice(0, end).join('\n'), stdout).toMatch(/^ +(?:next|ask for|see|try) /m);
  }
  for (const [, command = ''] of stdout.matchAll(/^ {11}next +(hotpass .*)$/gm)) parseCommand(command);
  return [...lines, ...stderr.trimEnd().split('\n')]
    .filter((line) => line !== '')
    .join('\n')
    .replaceAll(/:\d{5}\b/g, ':PORT')
    .replaceAll(/\/tmp\/hp-\w+/g, '/ROOT');
}
