import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { build } from 'esbuild';
import { netStore } from '../src/state/net.ts';
import { timeRun } from './processes.ts';
import { milliseconds, type Row } from './report.ts';

const PROCESSES = 100;

/** A hundred processes that add a session to one file at once: how many are lost. */
export async function benchState(): Promise<Row[]> {
  const packages = await mkdtemp(join('node_modules', '.bench-'));
  const state = await mkdtemp(join(tmpdir(), 'hp-'));
  try {
    const worker = join(packages, 'worker.mjs');
    await build({
      entryPoints: ['test/state/support/worker.ts'],
      outfile: worker,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
    });
    const folder = join(state, '.hotpass');
    const numbers = Array.from({ length: PROCESSES }, (_, index) => String(index));
    const all = (argv: (number: string) => readonly [string, ...string[]]) => async () => {
      const started = performance.now();
      await Promise.all(numbers.map((number) => timeRun(argv(number))));
      return performance.now() - started;
    };
    const ours = await all((number) => [process.execPath, worker, 'add', folder, number])();
    const theirs = await all(() => [process.execPath, '-e', '0'])();
    const kept = (await netStore.read(folder)).sessions.length;
    return [
      {
        what: `${PROCESSES} processes update net.json at once (theirs: as many node -e 0)`,
        ours: milliseconds(ours),
        theirs: milliseconds(theirs),
        figure: PROCESSES - kept,
        unit: 'lost',
        limit: 0,
        bound: 'most',
      },
    ];
  } finally {
    await Promise.all([packages, state].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}
