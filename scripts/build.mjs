// Bundles the program and the supervisor into dist/. Two entries that share chunks: what a verb does not
// use is in a chunk of its own and never read at start-up.
//
// Programs may run from dist/ meanwhile: all is built before the first byte is written, chunks have a name by their
// content, the entries come last, and each file comes by a rename. With --keep, chunks of earlier builds stay until
// they are an hour old: a test run in this checkout may still be using them.
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const KEPT_MS = 3_600_000;

const root = new URL('..', import.meta.url).pathname;
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const keptMs = process.argv.includes('--keep') ? KEPT_MS : 0;

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { bin: 'src/bin.ts', supervisor: 'src/supervisor.ts' },
  outdir: 'dist',
  write: false,
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

await mkdir(dist, { recursive: true });
const isEntry = ({ path }) => ['bin.js', 'supervisor.js'].includes(basename(path));
for (const file of outputFiles.filter((one) => !isEntry(one))) await place(file);
for (const file of outputFiles.filter(isEntry)) await place(file);
const built = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of await readdir(dist)) if (!built.has(name)) await dropOld(join(dist, name));

/** Writes a file of the build, unless these very bytes are there. */
async function place({ path, contents }) {
  const there = await readFile(path).catch(() => undefined);
  if (there?.equals(contents)) return utimes(path, new Date(), new Date());
  const next = join(dirname(path), `.${process.pid}-${basename(path)}`);
  await writeFile(next, contents);
  if (basename(path) === 'bin.js') await chmod(next, 0o755);
  await rename(next, path);
}

async function dropOld(path) {
  const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
  // Another build may be just about to rename its own.
  const isUnfinished = basename(path).startsWith('.');
  if (age >= (isUnfinished ? KEPT_MS : keptMs)) await rm(path, { recursive: true, force: true });
}
