import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { netStore } from '../../src/state/net.ts';
import { useWorker } from '../state/support/bundle.ts';
import { runChild } from '../state/support/child.ts';
import { tempFolder } from '../state/support/folder.ts';

const PROCESSES = 100;
const worker = useWorker();

test('a hundred processes that update one file at once lose nothing', { timeout: 120_000 }, async () => {
  const folder = join(await tempFolder(), '.hotpass');
  const numbers = Array.from({ length: PROCESSES }, (_, index) => String(index));
  const ended = await Promise.all(
    numbers.map((number) => runChild([process.execPath, worker(), 'add', folder, number])),
  );

  expect(ended.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([]);
  const { sessions } = await netStore.read(folder);
  expect(sessions.map(({ label }) => label).sort()).toEqual(
    numbers.map((number) => `label-${number}`).sort(),
  );
  expect((await readdir(folder)).sort()).toEqual(['.gitignore', 'net.json']);
});
