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
}
