import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addSession, findSession, netStore, removeSession } from '../../src/state/net.ts';
import { tempFolder } from './support/folder.ts';
import { session } from './support/session.ts';
import { stateSystem } from './support/system.ts';

const golden = new URL('../golden/net.v1.json', import.meta.url).pathname;
const empty = await netStore.read('/nowhere');
const sparse = {
  id: 'fedcba9876543210',
  label: 'direct',
  target: 'prod',
  via: 'direct',
  foreground: true,
} as const;
const { gateway: _, holdMs, timeoutMs, ...olderSparse } = session(sparse);
/** As an older version wrote it. */
const withoutGateway = {
  ...olderSparse,
  forwards: session()
    .forwards.slice(0, 1)
    .map(({ movedFrom, ...forward }) => forward),
};
const sessions = [session(), withoutGateway];

test('net.json is written as the golden file has it, byte for byte', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  await netStore.update(stateSystem(), folder, (state) => sessions.reduce(addSession, state));
  expect(await readFile(netStore.path(folder), 'utf8')).toBe(await readFile(golden, 'utf8'));
});

test('the golden net.json is read back whole', async () => {
  const folder = await tempFolder();
  await mkdir(folder, { recursive: true });
  await copyFile(golden, netStore.path(folder));
  expect(await netStore.read(folder)).toEqual({ version: 1, sessions });
});

test('a session is found by label and removed by id', () => {
  const state = sessions.reduce(addSession, empty);
  expect(findSession(state, 'direct')).toEqual(withoutGateway);
  expect(findSession(state, 'none')).toBeUndefined();
  expect(removeSession(state, session().id).sessions).toEqual([withoutGateway]);
  expect(removeSession(state, '0'.repeat(16))).toEqual(state);
});

test('a label that is in use is refused with the command that frees it', () => {
  const state = addSession(empty, session());
  expect(() => addSession(state, session({ id: '0'.repeat(16) }))).toThrow(
    expect.objectContaining({ code: 'label-in-use', hint: 'hotpass net down staging' }),
  );
});
