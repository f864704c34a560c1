#!/usr/bin/env node
declare const HOTPASS_VERSION: string;

const [, , ...argv] = process.argv;
if (argv.length === 1 && argv[0] === '--version') {
  process.stdout.write(`${HOTPASS_VERSION}\n`);
} else {
  const { keepCompiledCode } = await import('./cli/compile-cache.ts');
  keepCompiledCode(process);
  const { createSystem } = await import('./create-system.ts');
  const { main } = await import('./main.ts');
  const exitCode = await main(argv, createSystem(process));
  // A stdout that failed has decided already.
  process.exitCode ??= exitCode;
}
