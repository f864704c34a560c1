import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addSession, netStore, removeSession } from '../../src/state/net.ts';
import { portStore } from '../../src/state/ports.ts';
import { tempFolder } from './support/folder.ts';
import { session } from './support/session.ts';
import { stateSystem } from './support/system.ts';

const sys = stateSystem();

test('reading where nothing is gives the default and makes nothing', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  expect(await netStore.read(folder)).toEqual({ version: 1, sessions: [] });
  await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the default of one reader is not the default of the next', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  (await netStore.read(folder)).sessions.push(session());
  expect((await netStore.read(folder)).sessions).toEqual([]);
});

test('the first write makes a private folder that git does not see, and a private file', async () => {
  const folder = join(await tempFolder(), 'a', '.hotpass');
  await netStore.update(sys, folder, (state) => addSession(state, session()));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(netStore.path(folder))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
  expect((await readdir(folder)).sort()).toEqual(['.gitignore', 'net.json']);
});

test('a second write keeps the file private even where the first was widened by hand', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  await netStore.update(sys, folder, (state) => addSession(state, session()));
  await chmod(netStore.path(folder), 0o644);
  await chmod(folder, 0o755);
  await netStore.update(sys, folder, (state) =>
    addSession(state, session({ id: 'a'.repeat(16), label: 'b' })),
  );
  expect((await stat(netStore.path(folder))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test("a folder of the user's own choice keeps its mode and is not hidden from git", async () => {
  const folder = join(await tempFolder(), 'project');
  await mkdir(folder);
  await chmod(folder, 0o755);
  await netStore.update(sys, folder, (state) => addSession(state, session()));
  expect((await stat(folder)).mode & 0o777).toBe(0o755);
  expect(await readdir(folder)).toEqual(['net.json']);
});

test('an update that changes nothing writes nothing', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  await netStore.update(sys, folder, (state) => addSession(state, session()));
  const before = await stat(netStore.path(folder));
  await netStore.update(sys, folder, (state) => structuredClone(state));
  expect((await stat(netStore.path(folder))).ino).toBe(before.ino);
});

test('the file is removed with the last session', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  await netStore.update(sys, folder, (state) => addSession(state, session()));
  await netStore.update(sys, folder, (state) => removeSession(state, session().id));
  expect(await readdir(folder)).toEqual(['.gitignore']);
});

test('a change that throws leaves the file as it was and the lock free', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  await netStore.update(sys, folder, (state) => addSession(state, session()));
  const before = await readFile(netStore.path(folder), 'utf8');
  await expect(netStore.update(sys, folder, (state) => addSession(state, session()))).rejects.toMatchObject({
    code: 'label-in-use',
    exitCode: 2,
  });
  expect(await readFile(netStore.path(folder), 'utf8')).toBe(before);
  expect((await readdir(folder)).sort()).toEqual(['.gitignore', 'net.json']);
});

test('a change that would make the file unreadable is a defect and is not written', async () => {
  const folder = join(await tempFolder(), '.hotpass');
  const wrong = session({ id: 'not hex' });
  await expect(netStore.update(sys, folder, (state) => addSession(state, wrong))).rejects.toMatchObject({
    code: 'unexpected',
    message: expect.stringContaining('/sessions/0/id'),
  });
  await expect(stat(netStore.path(folder))).rejects.toMatchObject({ code: 'ENOENT' });
});

const good = { version: 1, sessions: [session()] };
const damages: readonly (readonly [
  what: string,
  content: string | Buffer,
  reason: string,
  pointer: string,
])[] = [
  ['nothing', '', 'it is empty', ''],
  ['spaces', ' \n', 'it is empty', ''],
  ['half of itself', JSON.stringify(good).slice(0, 200), 'it is not JSON', ''],
  ['null bytes', Buffer.alloc(100), 'it is not JSON', ''],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'it is not UTF-8', ''],
  ['another JSON value', '[]', '[] must be object', ''],
  ['no version', '{"sessions":[]}', '"version" is missing', ''],
  [
    'a later version',
    '{"version":2,"tunnels":{}}',
    'version 2 is not one that this hotpass knows',
    '/version',
  ],
  ['an unknown key', '{"version":1,"sessions":[],"x":1}', '"x" is not known', ''],
  [
    'a wrong type',
    JSON.stringify({ ...good, sessions: [{ ...session(), owner: { ...session().owner, pid: '1' } }] }),
    '"1" must be integer',
    '/sessions/0/owner/pid',
  ],
  [
    'a wrong word',
    JSON.stringify({ ...good, sessions: [{ ...session(), via: 'carrier-pigeon' }] }),
    '"carrier-pigeon" must be equal to one of the allowed values (ssh-bastion, ssm, direct)',
    '/sessions/0/via',
  ],
  [
    'one label twice',
    JSON.stringify({ ...good, sessions: [session(), session({ id: 'f'.repeat(16) })] }),
    '"staging" occurs twice',
    '/sessions/1/label',
  ],
];

test.each(damages)(
  'a file that holds %s is refused, named and left alone',
  async (_, content, reason, pointer) => {
    const folder = await tempFolder();
    const file = netStore.path(folder);
    await writeFile(file, content);
    const before = await stat(file);
    const at = pointer === '' ? '' : ` at ${pointer}`;
    const expected = {
      code: 'state-invalid',
      exitCode: 2,
      message: `${file} is not valid${at}: ${reason}`,
      hint: `\`hotpass net down --all\` still finds what runs; then mv ${file} ${file}.damaged`,
    };
    await expect(netStore.read(folder)).rejects.toMatchObject(expected);
    await expect(netStore.update(sys, folder, () => ({ version: 1, sessions: [] }))).rejects.toMatchObject(
      expected,
    );
    expect(await readFile(file)).toEqual(Buffer.from(content));
    expect((await stat(file)).ino).toBe(before.ino);
    expect(await readdir(folder)).toEqual(['net.json']);
  },
);

test('a symbolic link is refused, for reading and for writing, and not followed', async () => {
  const folder = await tempFolder();
  const real = join(folder, 'real.json');
  await writeFile(real, JSON.stringify(good));
  await symlink(real, netStore.path(folder));
  const expected = { code: 'state-invalid', message: expect.stringContaining('it is a symbolic link') };
  await expect(netStore.read(folder)).rejects.toMatchObject(expected);
  await expect(netStore.update(sys, folder, () => ({ version: 1, sessions: [] }))).rejects.toMatchObject(
    expected,
  );
  expect((await lstat(netStore.path(folder))).isSymbolicLink()).toBe(true);
  expect(await readFile(real, 'utf8')).toBe(JSON.stringify(good));
});

test('a folder, a pipe and a huge file are refused without waiting', async () => {
  const [one, two, three] = await Promise.all([tempFolder(), tempFolder(), tempFolder()]);
  await mkdir(netStore.path(one));
  execFileSync('mkfifo', [netStore.path(two)]);
  await writeFile(netStore.path(three), '');
  await truncate(netStore.path(three), 9 * 1024 * 1024);
  const refused = (reason: string) => ({ code: 'state-invalid', message: expect.stringContaining(reason) });
  await expect(netStore.read(one)).rejects.toMatchObject(refused('not a regular file'));
  await expect(netStore.read(two)).rejects.toMatchObject(refused('not a regular file'));
  await expect(netStore.read(three)).rejects.toMatchObject(refused('9437184 bytes, more than 8388608'));
});

test('a state folder that is a link or a file is refused before anything is made', async () => {
  const folder = await tempFolder();
  await mkdir(join(folder, 'real'));
  await symlink(join(folder, 'real'), join(folder, '.hotpass'));
  await writeFile(join(folder, 'file'), '');
  for (const [name, what] of [
    ['.hotpass', 'a symbolic link'],
    ['file', 'no folder'],
  ] as const) {
    await expect(portStore.update(sys, join(folder, name), (ledger) => ledger)).rejects.toMatchObject({
      code: 'state-unwritable',
      message: expect.stringContaining(`${join(folder, name)} is ${what}`),
    });
  }
  expect(await readdir(join(folder, 'real'))).toEqual([]);
});

test('a path with a space is quoted in the command that moves the file away', async () => {
  const folder = join(await tempFolder(), "it's here");
  await mkdir(folder);
  await writeFile(portStore.path(folder), '{');
  const file = `'${portStore.path(folder).replace("'", `'\\''`)}'`;
  await expect(portStore.read(folder)).rejects.toMatchObject({
    hint: `mv ${file} ${file.slice(0, -1)}.damaged'`,
  });
});
