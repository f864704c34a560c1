import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { findBlock, findTargetName } from '../../src/config/load.ts';
import { createMachine } from './support.ts';

const NOTHING = { config: undefined, stateDir: undefined, target: undefined };
const TARGETS = 'version: 1\ntargets: { staging: {}, prod: {} }\n';

test.each([
  ['no file at all', {}, {}, 'staging'],
  ['a file without a default', { 'hotpass.yaml': TARGETS }, {}, 'staging'],
  ['a file with a default', { 'hotpass.yaml': `${TARGETS}defaultTarget: prod\n` }, {}, 'prod'],
  [
    'a default whose key is written with escapes',
    { 'hotpass.yaml': `${TARGETS}"default\\x54arget": prod\n` },
    {},
    'prod',
  ],
  [
    'a personal file',
    { 'hotpass.yaml': TARGETS, 'hotpass.local.yaml': 'version: 1\ndefaultTarget: prod\n' },
    {},
    'prod',
  ],
  ['a variable', { 'hotpass.yaml': TARGETS }, { HOTPASS_TARGET: 'prod' }, 'prod'],
  ['an empty variable', { 'hotpass.yaml': TARGETS }, { HOTPASS_TARGET: '' }, 'staging'],
  ['a variable in .env', { 'hotpass.yaml': TARGETS, '.env': 'HOTPASS_TARGET=prod\n' }, {}, 'prod'],
])('the target of %s is the one that the whole config gives', async (_, files, env, target) => {
  const machine = await createMachine();
  for (const [file, text] of Object.entries(files)) await machine.write(file, text);
  const uid = process.getuid?.() ?? -1;
  const sys = { cwd: machine.project, env, home: machine.home, uid, platform: process.platform };
  expect(await findTargetName(sys, NOTHING)).toBe(target);
  expect((await machine.load({ env })).target.value).toBe(target);
});

test('a file that others can change is refused although nothing of it is parsed', async () => {
  const machine = await createMachine();
  await chmod(await machine.write('hotpass.yaml', TARGETS), 0o666);
  const uid = process.getuid?.() ?? -1;
  const sys = { cwd: machine.project, env: {}, home: machine.home, uid, platform: process.platform };
  await expect(findTargetName(sys, NOTHING)).rejects.toMatchObject({ code: 'config-untrusted' });
});

const PROTECTED = 'version: 1\ntargets: { staging: {}, prod: { protected: true } }\n';

test.each([
  ['a word that is there', { 'hotpass.yaml': PROTECTED }, 'prod', { protected: true }],
  ['a word that is there for another target', { 'hotpass.yaml': PROTECTED }, 'staging', {}],
  [
    'a word that is written with escapes',
    { 'hotpass.yaml': PROTECTED.replace('protected', '"pro\\x74ected"') },
    'prod',
    { protected: true },
  ],
  [
    'a word in a personal file',
    { 'hotpass.yaml': TARGETS, 'hotpass.local.yaml': PROTECTED },
    'prod',
    { protected: true },
  ],
  ['a word that is not there, in a file that is none', { 'hotpass.yaml': 'targets: [' }, 'prod', undefined],
  ['no file', {}, 'prod', undefined],
])('the block of a target is read for %s', async (_, files, target, block) => {
  const machine = await createMachine();
  for (const [file, text] of Object.entries(files)) await machine.write(file, text);
  const uid = process.getuid?.() ?? -1;
  const sys = { cwd: machine.project, env: {}, home: machine.home, uid, platform: process.platform };
  expect(await findBlock(sys, { ...NOTHING, target }, /protected/)).toEqual(block);
});

test.each([
  ['a file that is damaged', 'targets: { prod: { protected: [ } }', 'config-invalid'],
  // It may have been renamed: nobody knows whether it is protected.
  ['a target that no file names', PROTECTED.replace('prod', 'production'), 'target-unknown'],
])('%s is told where a file may say what is wanted', async (_, text, code) => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', text);
  const uid = process.getuid?.() ?? -1;
  const sys = { cwd: machine.project, env: {}, home: machine.home, uid, platform: process.platform };
  await expect(findBlock(sys, { ...NOTHING, target: 'prod' }, /protected/)).rejects.toMatchObject({ code });
});
