import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateFiles } from '../../scripts/validators.ts';

const root = new URL('../../', import.meta.url).pathname;

test('the generated files are what npm run generate makes of the schemas, and stand alone', async () => {
  const files = await generateFiles(root);
  expect(files.size).toBeGreaterThan(0);
  for (const [file, text] of files) {
    expect.soft(await readFile(join(root, file), 'utf8').catch(() => 'missing'), file).toBe(text);
    if (file.endsWith('.js'))
      expect.soft(text, file).not.toMatch(/^import |\brequire\((?!"ajv\/dist\/runtime)/m);
  }
});
