// Bundles the program and the supervisor into dist/. Two entries that share chunks: what a verb does not
// use is in a chunk of its own and never read at start-up.
import { chmod, readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));

await rm(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { bin: 'src/bin.ts', supervisor: 'src/supervisor.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  // write-file-atomic names its temporary files after __filename, which a module does not have.
  define: { HOTPASS_VERSION: JSON.stringify(version), __filename: JSON.stringify('hotpass') },
  // CommonJS dependencies in an ESM bundle still call require for node: modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
});
await chmod(`${root}dist/bin.js`, 0o755);
