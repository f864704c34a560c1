#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { keepCompiledCode } from './cli/compile-cache.ts';

declare const HOTPASS_VERSION: string;

const [, , ...argv] = process.argv;
if (argv.length === 1 && argv[0] === '--version') process.stdout.write(`${HOTPASS_VERSION}\n`);
else if (argv[0] === 'aws' && argv[1] === 'token') void runToken();
else void run();

/** kubectl waits for a token at each of its calls: one that was kept is printed without all that makes a program. */
async function runToken(): Promise<void> {
  const { startToken } = await import('./commands/aws/token-start.ts');
  const text = startToken(argv.slice(2), process, new Date());
  if (text === undefined || !print(text)) await run();
}

/** Opening `process.stdout` would take longer than writing. Says whether anything went out. */
function print(text: string): boolean {
  const bytes = Buffer.from(text);
  try {
    const written = writeSync(1, bytes);
    if (written < bytes.length) process.stdout.write(bytes.subarray(written));
    return true;
  } catch {
    // Closed, full, or not to be waited for: the program knows what to do then.
    return false;
  }
}

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
