// Bundles the program and the supervisor into dist/: each is an entry, what both use is shared, what few verbs use is
// in a file of its own and read on first use.
//
// Two things make it start fast. The files are CommonJS: for each ES module Node hops through its asynchronous loader,
// for about 0.7 ms. And what every look at a tunnel needs is one file, `hot`, not forty.
//
// Programs may run from dist/ meanwhile: all is built before the first byte is written, files have a name by their
// content, the entries come last, and each comes by a rename. With --keep, files of earlier builds stay until
// they are an hour old: a test run in this checkout may still be using them.
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

/** With all that these import, what `--help` and `net status` read. */
const HOT =
  /\/src\/(main|create-system|cli\/columns|config\/project|commands\/net\/status|ops\/net\/list-sessions)\.ts$/;
/** With all that these import beyond it, what runs a command on a session that is up. */
const EXEC = /\/src\/(commands\/net\/exec|ops\/net\/exec\/exec|ops\/process|config\/load)\.ts$/;
/** With all that these import beyond it, what opens, holds and ends a session. */
const SESSION = /\/src\/ops\/net\/(open|end-sessions)\.ts$/;
/** With all that it imports, what gives a token that was kept. */
const TOKEN = /\/src\/commands\/aws\/token-start\.ts$/;
const KEPT_MS = 3_600_000;
/**
 * ssh takes the name of a program and no arguments, and node may not be on its PATH: for a shell these lines start the
 * node that they are told, and for node they are nothing.
 */
const ASKPASS_HEAD = '#!/bin/sh\n":" //; exec "$HOTPASS_ASKPASS_NODE" "$0" "$@"\n';

const root = new URL('..', import.meta.url).pathname;
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const keptMs = process.argv.includes('--keep') ? KEPT_MS : 0;

const bundle = await rolldown({
  cwd: root,
  input: { askpass: 'src/askpass.ts', bin: 'src/bin.ts', supervisor: 'src/supervisor.ts' },
  platform: 'node',
  transform: { target: 'node20.19', define: { HOTPASS_VERSION: JSON.stringify(version) } },
  // What we do not use of a package drops out where the package has ES modules; yaml has them for browsers only.
  resolve: {
    mainFields: ['module', 'main'],
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
  },
  // Of yargs we use the reading of a line, of AWS's packages a few calls; their modules do nothing when they are loaded
  // that this would need.
  treeshake: { moduleSideEffects: (id) => !/\/node_modules\/(?:yargs|@aws-sdk|@smithy)\//.test(id) },
  // A verb imports its parts on first use, also those that another file needs at once.
  checks: { ineffectiveDynamicImport: false },
});
const { output } = await bundle.generate({
  dir: dist,
  format: 'cjs',
  codeSplitting: {
    groups: [
      { name: 'token-start', test: TOKEN },
      { name: 'hot', test: HOT },
      { name: 'exec', test: EXEC },
      { name: 'session', test: SESSION },
    ],
  },
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // A stack trace should name our functions.
  minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();

await mkdir(dist, { recursive: true });
// This folder holds CommonJS, whatever the package around it is.
await place('package.json', '{"type":"commonjs"}\n');
for (const { fileName, code } of output.filter((one) => !one.isEntry)) await place(fileName, code);
for (const { fileName, code } of output.filter((one) => one.isEntry))
  await place(fileName, fileName === 'askpass.js' ? ASKPASS_HEAD + code : code);
const built = new Set(['package.json', ...output.map(({ fileName }) => fileName)]);
for (const name of await readdir(dist)) if (!built.has(name)) await dropOld(join(dist, name));

/** Writes a file of the build, unless this very text is there. */
async function place(name, text) {
  const path = join(dist, name);
  const there = await readFile(path, 'utf8').catch(() => undefined);
  if (there === text) return utimes(path, new Date(), new Date());
  const next = join(dirname(path), `.${process.pid}-${name}`);
  await writeFile(next, text);
  if (name === 'bin.js' || name === 'askpass.js') await chmod(next, 0o755);
  await rename(next, path);
}

async function dropOld(path) {
  const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
  // Another build may be just about to rename its own.
  const isUnfinished = basename(path).startsWith('.');
  if (age >= (isUnfinished ? KEPT_MS : keptMs)) await rm(path, { recursive: true, force: true });
}
