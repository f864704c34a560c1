// Runs one TypeScript file of this repository: node scripts/run-ts.mjs FILE [ARG…]. Node 20 cannot by itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [file, ...args] = process.argv.slice(2);
const root = new URL('..', import.meta.url).pathname;
// Inside node_modules, so that packages left out of the bundle are still found.
const folder = await mkdtemp(join(root, 'node_modules', '.run-ts-'));
const outfile = join(folder, 'main.mjs');
try {
  await build({
    absWorkingDir: root,
    entryPoints: [file],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    define: { HOTPASS_VERSION: '"0.0.0"' },
    logLevel: 'warning',
  });
  process.argv = [process.argv[0], createRequire(import.meta.url).resolve(join(root, file)), ...args];
  await import(pathToFileURL(outfile).href);
} finally {
  await rm(folder, { recursive: true, force: true });
}
