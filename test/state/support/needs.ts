import { execFileSync } from 'node:child_process';
import { test } from 'vitest';

/** A test that needs a program or a right; it is skipped visibly without, and fails with HOTPASS_NO_SKIP=1. */
export function testWith(need: string, proof: readonly [string, ...string[]]): typeof test.skip {
  const [program, ...args] = proof;
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return test.runIf(true);
  } catch (cause) {
    if (process.env.HOTPASS_NO_SKIP === '1') throw new Error(`this machine lacks ${need}`, { cause });
    console.warn(`skipped: this machine lacks ${need}`);
    return test.skip;
  }
}
