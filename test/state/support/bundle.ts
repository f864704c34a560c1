import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

/** Bundles worker.ts once for a test file; the function returns its path. */
export function useWorker(): () => string {
  let folder = '';
  beforeAll(async () => {
    const root = new URL('../../../', import.meta.url).pathname;
    folder = await mkdtemp(join(root, 'node_modules', '.state-worker-'));
    await build({
      entryPoints: [new URL('worker.ts', import.meta.url).pathname],
      outfile: join(folder, 'worker.mjs'),
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => join(folder, 'worker.mjs');
}
