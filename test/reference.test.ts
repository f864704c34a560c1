import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadTable } from '../src/command.ts';
import { commands } from '../src/commands/index.ts';
import { renderReference } from '../src/reference.ts';

const folder = fileURLToPath(new URL('../docs/reference', import.meta.url));
const pages = renderReference(await loadTable(commands));

it.each([...pages])('docs/reference/%s says what the command table says', async (name, text) => {
  await expect(text).toMatchFileSnapshot(`${folder}/${name}`);
});

it('docs/reference holds no page of a verb that is gone', async () => {
  const found = await readdir(folder);
  // Schema pages have a folder and a test of their own.
  expect(found.filter((name) => name.endsWith('.md') && !pages.has(name))).toEqual([]);
});

it('no page breaks a table: every row has as many cells as its head', () => {
  for (const [name, text] of pages) {
    for (const block of text
      .trim()
      .split('\n\n')
      .filter((one) => one.startsWith('| '))) {
      const cells = block.split('\n').map((row) => row.split(/(?<!\\)\|/).length);
      expect(new Set(cells).size, `${name}: ${block.slice(0, 60)}`).toBe(1);
    }
  }
});
