import { expect } from 'vitest';
import { HotpassError } from '../../src/errors.ts';
import { createMachine, EXAMPLE } from './support.ts';

const PIECES = [
  '\t',
  '\n',
  ' ',
  ':',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '&a ',
  '*a',
  '!!map ',
  '!x ',
  '#',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '? ',
  '<<: ',
  '\u0000',
  '\u001b',
  '\ufeff',
  '\u2028',
  '99999999999999999999',
  '.nan',
  'null',
  '__proto__: ',
  'constructor',
  '~',
  ',',
];

/**
 * Loads mutations of a valid config: each must load, or end as a HotpassError of one line. The seed decides the
 * mutations, so that a failure can be seen again.
 */
export async function fuzzConfig(runs: number, seed: number): Promise<void> {
  const machine = await createMachine();
  const random = createRandom(seed);
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const text = mutate(EXAMPLE, random);
    await machine.write('hotpass.yaml', text);
    const error: unknown = await machine.load().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) continue;
    refused += 1;
    if (!(error instanceof HotpassError))
      throw new Error(`run ${run} of seed ${seed}: ${String(error)}\n${text}`, { cause: error });
    expect(['config-invalid', 'target-unknown'], `run ${run}: ${error.message}\n${text}`).toContain(
      error.code,
    );
    expect(error.message, text).not.toMatch(/[\u0000-\u001f\u007f]|undefined|\[object/);
  }
  // Neither side may be empty, or the mutations test nothing.
  expect(refused).toBeGreaterThan(runs / 10);
  expect(refused).toBeLessThan(runs);
}

function mutate(text: string, random: (below: number) => number): string {
  let result = text;
  for (let count = 1 + random(3); count > 0; count--) {
    const at = random(result.length + 1);
    const length = random(12);
    const lines = result.split('\n');
    const mutations = [
      () => result.slice(0, at) + result.slice(at + length),
      () => result.slice(0, at) + (PIECES[random(PIECES.length)] ?? '') + result.slice(at),
      () => result.slice(0, at) + String.fromCharCode(random(0x250)) + result.slice(at + 1),
      () => lines.toSpliced(random(lines.length), 1).join('\n'),
      () => lines.toSpliced(random(lines.length), 0, lines[random(lines.length)] ?? '').join('\n'),
      () => result.slice(0, at),
      () => result.slice(0, at) + result.slice(at, at + length) + result.slice(at),
    ];
    result = mutations[random(mutations.length)]?.() ?? result;
  }
  return result;
}

/** A small generator with a seed (xorshift), so that a failure can be seen again. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
