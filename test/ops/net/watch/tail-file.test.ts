import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TailFile, tailFile } from '../../../../src/ops/net/watch/tail-file.ts';

let folder: string;
let file: string;
let tail: TailFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hp-tail-'));
  file = join(folder, 'log');
  tail = tailFile([`${file}.2`, `${file}.1`, file]);
});
afterEach(async () => {
  await tail.close();
  await rm(folder, { recursive: true });
});

async function rotate(): Promise<void> {
  await rename(`${file}.1`, `${file}.2`).catch(() => undefined);
  await rename(file, `${file}.1`);
}

it('gives what is there, oldest file first, and then what comes', async () => {
  await writeFile(`${file}.2`, 'one\n');
  await writeFile(`${file}.1`, 'two\n');
  await writeFile(file, 'three\n');
  expect(await tail.take()).toEqual(['one', 'two', 'three']);
  expect(await tail.take()).toEqual([]);
  await appendFile(file, 'four\nfive\n');
  expect(await tail.take()).toEqual(['four', 'five']);
});

it('waits for a file that is not there, and for its folder', async () => {
  await rm(folder, { recursive: true });
  expect(await tail.take()).toEqual([]);
  expect(tail.wasThere()).toBe(false);
  folder = await mkdtemp(folder);
  await tail.close();
  tail = tailFile([join(folder, 'log')]);
  expect(await tail.take()).toEqual([]);
  await writeFile(join(folder, 'log'), 'at last\n');
  expect(await tail.take()).toEqual(['at last']);
  expect(tail.wasThere()).toBe(true);
});

it('loses and repeats nothing when the file is rotated, once or twice between two looks', async () => {
  await writeFile(file, 'a\n');
  await tail.take();
  await appendFile(file, 'b\n');
  await rotate();
  await writeFile(file, 'c\n');
  expect(await tail.take()).toEqual(['b', 'c']);
  await appendFile(file, 'd\n');
  await rotate();
  await writeFile(file, 'e\n');
  await rotate();
  await writeFile(file, 'f\n');
  expect(await tail.take()).toEqual(['d', 'e', 'f']);
});

it('goes on when the file was rotated and there is no new one yet', async () => {
  await writeFile(file, 'a\n');
  await tail.take();
  await rotate();
  expect(await tail.take()).toEqual([]);
  await writeFile(file, 'b\n');
  expect(await tail.take()).toEqual(['b']);
});

it('goes on with the file that comes in place of a deleted one, and repeats no older one', async () => {
  await writeFile(`${file}.1`, 'old\n');
  await writeFile(file, 'a\n');
  await tail.take();
  await appendFile(file, 'b\n');
  await rm(file);
  expect(await tail.take()).toEqual(['b']);
  await writeFile(file, 'c\n');
  expect(await tail.take()).toEqual(['c']);
});

it('goes on from the beginning of a file that was emptied', async () => {
  await writeFile(file, 'a\nb\nhalf');
  await tail.take();
  await truncate(file);
  await appendFile(file, 'c\n');
  expect(await tail.take()).toEqual(['half', 'c']);
});

it('keeps a half line until it is whole', async () => {
  await writeFile(file, 'a\nha');
  expect(await tail.take()).toEqual(['a']);
  await appendFile(file, 'lf');
  expect(await tail.take()).toEqual([]);
  await appendFile(file, '\n');
  expect(await tail.take()).toEqual(['half']);
});

it('puts a character together that was cut in its middle', async () => {
  const bytes = Buffer.from('caf\u00e9 \u{1f511}\n');
  for (const byte of bytes) {
    expect(await tail.take()).toEqual([]);
    await appendFile(file, Buffer.of(byte));
  }
  expect(await tail.take()).toEqual(['caf\u00e9 \u{1f511}']);
});

it('gives a half line that can not be finished any more: rotated, deleted, or at the end', async () => {
  await writeFile(file, 'half 1');
  await tail.take();
  await rotate();
  await writeFile(file, 'b\nhalf 2');
  expect(await tail.take()).toEqual(['half 1', 'b']);
  await rm(file);
  await writeFile(file, 'half 3');
  expect(await tail.take()).toEqual(['half 2']);
  expect(await tail.close()).toEqual(['half 3']);
});

it('reads lines that are longer than what is read at once', async () => {
  const long = 'x'.repeat(200_000);
  await writeFile(file, `${long}\nend\n`);
  expect(await tail.take()).toEqual([long, 'end']);
});
