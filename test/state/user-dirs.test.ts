import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensurePrivateDir, userDirs } from '../../src/state/user-dirs.ts';
import { tempFolder } from './support/folder.ts';

const sys = { env: {}, home: '/home/ann', uid: 1000, platform: 'linux' } as const;
const uid = process.getuid?.() ?? -1;

test.each([
  ['nothing', {}, '/tmp/hotpass-1000', '/home/ann/.local/state/hotpass', '/home/ann/.config/hotpass'],
  [
    'absolute values',
    { XDG_RUNTIME_DIR: '/run/user/1000', XDG_STATE_HOME: '/s', XDG_CONFIG_HOME: '/c' },
    '/run/user/1000/hotpass',
    '/s/hotpass',
    '/c/hotpass',
  ],
  [
    'relative values, which are ignored',
    { XDG_RUNTIME_DIR: 'run', XDG_STATE_HOME: '', XDG_CONFIG_HOME: './c', TMPDIR: 'tmp' },
    '/tmp/hotpass-1000',
    '/home/ann/.local/state/hotpass',
    '/home/ann/.config/hotpass',
  ],
  [
    'a folder for temporary files',
    { TMPDIR: '/var/folders/ab/T' },
    '/var/folders/ab/T/hotpass-1000',
    '/home/ann/.local/state/hotpass',
    '/home/ann/.config/hotpass',
  ],
  [
    'paths too long for a socket, which are not used',
    { XDG_RUNTIME_DIR: `/${'x'.repeat(80)}`, TMPDIR: `/${'é'.repeat(30)}` },
    '/tmp/hotpass-1000',
    '/home/ann/.local/state/hotpass',
    '/home/ann/.config/hotpass',
  ],
])('the folders of a user follow from %s', (_, env, runtime, privateState, config) => {
  expect(userDirs({ ...sys, env })).toEqual({ runtime, privateState, config });
});

test('a private folder is made with its parents, and one of ours is tightened', async () => {
  const folder = join(await tempFolder(), 'a', 'b');
  await ensurePrivateDir(folder, uid);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, '..'))).mode & 0o777).toBe(0o700);
  await chmod(folder, 0o755);
  await ensurePrivateDir(folder, uid);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test("another user's folder is refused and keeps its mode", async () => {
  const folder = join(await tempFolder(), 'a');
  await mkdir(folder);
  await chmod(folder, 0o755);
  await expect(ensurePrivateDir(folder, uid + 1)).rejects.toMatchObject({
    code: 'runtime-unsafe',
    message: `${folder} belongs to user ${uid}, not to ${uid + 1}`,
  });
  expect((await stat(folder)).mode & 0o777).toBe(0o755);
});

test.each(['link', 'dangling', 'file'])('a %s in the place of the folder is refused', async (kind) => {
  const folder = await tempFolder();
  const path = join(folder, 'hotpass-1');
  await mkdir(join(folder, 'real'), { mode: 0o700 });
  if (kind === 'link') await symlink(join(folder, 'real'), path);
  if (kind === 'dangling') await symlink(join(folder, 'gone'), path);
  if (kind === 'file') await writeFile(path, '');
  await expect(ensurePrivateDir(path, uid)).rejects.toMatchObject({
    code: 'runtime-unsafe',
    message: kind === 'file' ? `${path} is not a folder` : `${path} is a symbolic link`,
  });
  expect((await readdir(folder)).sort()).toEqual(['hotpass-1', 'real']);
});

test('a folder that cannot be made is an error that names it', async () => {
  const file = join(await tempFolder(), 'file');
  await writeFile(file, '');
  await expect(ensurePrivateDir(join(file, 'below'), uid)).rejects.toMatchObject({
    code: 'state-unwritable',
    message: expect.stringContaining(join(file, 'below')),
  });
});

test('a folder on a file system that takes none is refused, and not tried for ever', async () => {
  await expect(ensurePrivateDir('/proc/nothing/below', uid)).rejects.toMatchObject({
    code: 'state-unwritable',
  });
});
