#!/usr/bin/env node
import { keepCompiledCode } from './cli/compile-cache.ts';

declare const HOTPASS_VERSION: string;

const [, , ...argv] = process.argv;
if (argv.length === 1 && argv[0] === '--version') process.stdout.write(`${HOTPASS_VERSION}\n`);
else void run();

async function run(): Promise<void> {
  keepCompiledCode(process);
  const [{ createSystem }, { main }] = await Promise.all([import('./create-system.ts'), import('./main.ts')]);
  const exitCode = await main(argv, createSystem(process));
  // A stdout that failed has decided already.
  process.exitCode ??= exitCode;
  await Promise.all([written(process.stdout), written(process.stderr)]);
  // What could not be written is told a turn later.
  await new Promise(setImmediate);
  // All is said and done. Node's own tidying of handles takes time, and was seen to hang after a long foreground session.
  process.exit();
}

/** Resolves when all that was written has gone out, or nobody reads it any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
