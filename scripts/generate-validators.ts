// Writes the validators and published schemas: npm run generate
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateFiles } from './validators.ts';

const root = process.cwd();
for (const [file, text] of await generateFiles(root)) {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
  console.log(file);
}
