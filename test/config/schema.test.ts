import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { isMapping } from '../../src/config/json.ts';
import { configSchema } from '../../src/config/schema.ts';
import { validate } from '../../src/generated/config.js';
import { EXAMPLE } from './support.ts';

const PUBLISHED = new URL('../../docs/reference/schema/config.schema.json', import.meta.url);

test('the published schema is the one that the program uses', async () => {
  const { $schema, ...published } = JSON.parse(await readFile(PUBLISHED, 'utf8'));
  expect($schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(published).toEqual(JSON.parse(JSON.stringify(configSchema)));
});

test.each([
  ['draft 2020-12', new Ajv2020({ strict: true, allowUnionTypes: true })],
  ['draft-07', new Ajv({ strict: true, allowUnionTypes: true })],
])('it is a valid schema of %s, and takes the example of the design', (_, ajv) => {
  expect(ajv.validateSchema(configSchema)).toBe(true);
  const check = ajv.compile(configSchema);
  check(parse(EXAMPLE));
  expect(check.errors).toBeNull();
  expect(check({ version: 1, target: {} })).toBe(false);
});

test('the validator made ahead of time takes the example too', () => {
  validate(parse(EXAMPLE));
  expect(validate.errors).toBeNull();
});

test('every key has a description', () => {
  const bare: string[] = [];
  const look = (schema: unknown, path: string): void => {
    if (!isMapping(schema)) return;
    for (const [name, child] of Object.entries(isMapping(schema.properties) ? schema.properties : {})) {
      if (!isMapping(child) || typeof child.description !== 'string') bare.push(`${path}/${name}`);
      look(child, `${path}/${name}`);
    }
    look(schema.additionalProperties, `${path}/*`);
  };
  look(configSchema, '');
  expect(bare).toEqual([]);
});

test('neither yaml, dotenv, ajv nor the validator is loaded before a file is found', async () => {
  const { metafile } = await build({
    entryPoints: ['src/config/load.ts'],
    absWorkingDir: new URL('../..', import.meta.url).pathname,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const loaded = new Set<string>();
  const follow = (file: string): void => {
    const output = metafile.outputs[file];
    if (output === undefined) return;
    for (const input of Object.keys(output.inputs)) loaded.add(input);
    for (const { path, kind } of output.imports) if (kind === 'import-statement') follow(path);
  };
  follow('out/load.js');
  expect(loaded).toContain('src/config/load.ts');
  expect([...loaded].filter((input) => /node_modules|generated|parse-yaml|schema/.test(input))).toEqual([]);
});
