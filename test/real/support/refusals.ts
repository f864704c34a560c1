import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Ended, RunHotpass } from '../../support/hotpass.ts';
import { nextCommands, parseCommand } from '../../support/next-commands.ts';
import { processesOf } from './sandbox-processes.ts';
import { runtimeFiles, type Stage } from './stage.ts';

/** Command lines that are refused, by what is wrong with them. */
export type Refused = Readonly<
  Record<string, readonly string[] | { readonly args: readonly string[]; readonly run: RunHotpass }>
>;

/** How many programs of a table run at a time: the cores are shared. */
const AT_A_TIME = 3;

/**
 * Runs every line of a table and gives what an operator reads, one block a line: `NAME (exit N)` and the output.
 * Fails when a message is not one line with a code, or when a command that is printed as next cannot be typed.
 */
export async function tellRefusals(
  stage: Stage,
  table: Refused,
  mask: (text: string) => string = (text) => text,
): Promise<string> {
  const rows = Object.entries(table);
  const told: string[] = [];
  const worker = async (first: number) => {
    for (let index = first; index < rows.length; index += AT_A_TIME) {
      const [name, line] = rows[index] ?? ['', []];
      const { args, run } = 'args' in line ? line : { args: line, run: {} };
      const ended = await stage.net(args, run);
      checkShape(name, ended);
      told[index] = `${name} (exit ${ended.code})\n${mask(ended.stdout + ended.stderr).trimEnd()}`;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, first) => worker(first)));
  return told.join('\n');
}

/** Fails when something of a refused `net up` is left: a process, a socket, a record, a lease of a port. */
export async function expectNothingLeft(stage: Stage): Promise<void> {
  expect(await processesOf(stage)).toEqual([]);
  expect(await runtimeFiles(stage)).toEqual([]);
  expect(await stage.records()).toEqual([]);
}

/** Fails when there is any file that was not there before: the request was refused before anything was begun. */
export async function expectNothingWritten(stage: Stage): Promise<void> {
  await expectNothingLeft(stage);
  const own = (await readdir(stage.project)).filter((name) => !name.startsWith('hotpass'));
  expect(own).toEqual([]);
  expect(await readdir(stage.env.XDG_STATE_HOME ?? '')).toEqual([]);
}

function checkShape(name: string, { code, stderr }: Ended): void {
  expect(code, `${name}: ${stderr}`).toBeGreaterThan(0);
  const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
  expect(errors, name).toHaveLength(1);
  expect(errors[0], name).toMatch(/ {2}\[[a-z-]+\]$/);
  for (const command of nextCommands(stderr)) parseCommand(command);
}
