import { execFileSync } from 'node:child_process';
import { chmod, chown, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine } from './support.ts';

const uid = process.getuid?.() ?? -1;
const gid = process.getgid?.() ?? -1;
const MAKE_PIPE = 'mkfifo';
const FILES = ['hotpass.yaml', 'hotpass.local.yaml', '.env', '../.config/hotpass/config.yaml'];

async function machineWith(file: string) {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\n');
  const path = await machine.write(
    file,
    file === '.env' ? 'HOTPASS_TARGET=a\n' : 'version: 1\ndefaultTarget: a\n',
  );
  return { machine, path };
}

describe.each(FILES)('%s', (file) => {
  const shown = file.replace('..', '~');

  test('is refused when it can be changed by everyone, with the command that mends it', async () => {
    const { machine, path } = await machineWith(file);
    await chmod(path, 0o646);
    const error = await machine.fail();
    expect(error).toMatchObject({ code: 'config-untrusted', exitCode: 2, hint: `chmod go-w ${shown}` });
    expect(error.message).toBe(`${shown} can be changed by everyone (mode 0646)`);
    await chmod(path, 0o644);
    expect((await machine.load()).target.value).toBe('a');
  });

  test('is refused when it belongs to someone else', async () => {
    const { machine, path } = await machineWith(file);
    // Root gives it away; anyone else is taken for someone else.
    if (uid === 0) await chown(path, 4321, 4321);
    const me = uid === 0 ? 1234 : uid + 1;
    const owner = uid === 0 ? 4321 : uid;
    const error = await machine.fail({ uid: me });
    // hotpass.yaml itself is root's in that case, and that is fine.
    expect(error.code).toBe('config-untrusted');
    if (uid === 0) {
      expect(error.message).toBe(`${shown} belongs to uid ${owner}, not to you (uid ${me}) or root`);
      expect(error.hint).toBe(`read it, then: sudo chown ${me} ${shown}`);
    }
  });
});

test.runIf(uid === 0)('a file of root is trusted by everyone, a file of a user not by root', async () => {
  const { machine, path } = await machineWith('hotpass.yaml');
  expect((await machine.load({ uid: 1234 })).target.value).toBe('a');
  await chown(path, 1234, 1234);
  expect((await machine.load({ uid: 1234 })).target.value).toBe('a');
  expect((await machine.fail({ uid: 0 })).hint).toBe('run hotpass as uid 1234, not as root');
});

test('a group that writes is trusted only when it is the private group of the owner', async () => {
  const { machine, path } = await machineWith('hotpass.yaml');
  await chmod(path, 0o664);
  if (uid === gid) expect((await machine.load()).target.value).toBe('a');
  if (uid === 0) await chown(path, 0, 4321);
  if (uid === 0 || uid !== gid) {
    expect(await machine.fail()).toMatchObject({
      code: 'config-untrusted',
      message: `hotpass.yaml can be changed by group ${uid === 0 ? 4321 : gid} (mode 0664)`,
    });
  }
});

test('behind a symbolic link the real file counts', async () => {
  const { machine, path } = await machineWith('real.yaml');
  await symlink(path, join(machine.project, 'link.yaml'));
  expect((await machine.load({ config: 'link.yaml' })).target.value).toBe('a');
  await chmod(path, 0o666);
  expect((await machine.fail({ config: 'link.yaml' })).code).toBe('config-untrusted');
});

test('a named pipe in the place of a config does not hang', async () => {
  const machine = await createMachine();
  execFileSync(MAKE_PIPE, [join(machine.project, 'hotpass.yaml')]);
  expect((await machine.fail()).message).toBe('hotpass.yaml is not a regular file');
});

test('a path with spaces is quoted in the command that mends it', async () => {
  const { machine, path } = await machineWith("a 'b'.yaml");
  await chmod(path, 0o666);
  expect((await machine.fail({ config: path })).hint).toBe(`chmod go-w 'a '\\''b'\\''.yaml'`);
});
