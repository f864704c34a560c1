import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMachine } from './support.ts';

test('hotpass.yaml is found from a folder below, and state lies beside it', async () => {
  const machine = await createMachine();
  const configFile = await machine.write('hotpass.yaml', 'version: 1\ndefaultTarget: found\n');
  const cwd = join(machine.project, 'a', 'b');
  await mkdir(cwd, { recursive: true });
  const { project, target } = await machine.load({ cwd });
  expect(project).toEqual({
    root: machine.project,
    stateDir: join(machine.project, '.hotpass'),
    configFile,
    configFolder: machine.project,
  });
  expect(target.origin).toBe('~/project/hotpass.yaml:2:16');
});

test('the nearest of two is taken', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\n');
  const configFile = await machine.write('a/hotpass.yaml', 'version: 1\n');
  expect((await machine.load({ cwd: join(machine.project, 'a') })).project.configFile).toBe(configFile);
});

test('nothing above the git root is looked at', async () => {
  const machine = await createMachine();
  await machine.write('../hotpass.yaml', 'version: 1\n');
  const { project } = await machine.load();
  expect(project).toMatchObject({ root: machine.project, configFile: undefined });
});

test('a worktree, whose .git is a file, is a git root too', async () => {
  const machine = await createMachine();
  await machine.write('../hotpass.yaml', 'version: 1\n');
  await machine.write('../tree/.git', 'gitdir: /elsewhere\n');
  const { project } = await machine.load({ cwd: join(machine.home, 'tree') });
  expect(project).toMatchObject({ root: join(machine.home, 'tree'), configFile: undefined });
});

test('outside git the search ends at home', async () => {
  const machine = await createMachine();
  const cwd = join(machine.home, 'plain', 'sub');
  await mkdir(cwd, { recursive: true });
  await machine.write('../../hotpass.yaml', 'version: 1\n');
  expect((await machine.load({ cwd })).project).toMatchObject({ root: cwd, configFile: undefined });
  const configFile = await machine.write('../hotpass.yaml', 'version: 1\n');
  expect((await machine.load({ cwd })).project).toMatchObject({ root: machine.home, configFile });
});

test('home is recognised through a symbolic link', async () => {
  const machine = await createMachine();
  await symlink(machine.home, join(machine.top, 'link'));
  const configFile = await machine.write('../hotpass.yaml', 'version: 1\n');
  const cwd = join(machine.home, 'plain');
  await mkdir(cwd);
  const { project } = await machine.load({ cwd, home: join(machine.top, 'link') });
  expect(project.configFile).toBe(configFile);
});

test.each(['', '/', 'elsewhere'])(
  'with home %j and no git only the current folder is looked at',
  async (home) => {
    const machine = await createMachine();
    await machine.write('../hotpass.yaml', 'version: 1\n');
    const cwd = join(machine.home, 'plain');
    await mkdir(cwd);
    const run = { cwd, home: home === 'elsewhere' ? join(machine.top, 'nobody') : home };
    expect((await machine.load(run)).project).toMatchObject({ root: cwd, configFile: undefined });
    await writeFile(join(cwd, 'hotpass.yaml'), 'version: 1\n');
    expect((await machine.load(run)).project.configFile).toBe(join(cwd, 'hotpass.yaml'));
  },
);

test('a personal file alone counts, and never hides the team file above it', async () => {
  const machine = await createMachine();
  await machine.write('sub/hotpass.local.yaml', 'version: 1\ndefaultTarget: mine\n');
  const cwd = join(machine.project, 'sub');
  const alone = await machine.load({ cwd });
  expect(alone.target.value).toBe('mine');
  expect(alone.project).toMatchObject({ root: cwd, configFile: undefined });
  await machine.write('hotpass.yaml', 'version: 1\ndefaultTarget: ours\n');
  expect((await machine.load({ cwd })).target.value).toBe('ours');
});

test('--config wins over HOTPASS_CONFIG, which wins over the search; ~ is home', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\ndefaultTarget: searched\n');
  await machine.write('../env.yaml', 'version: 1\ndefaultTarget: env\n');
  await machine.write('conf/flag.yaml', 'version: 1\ndefaultTarget: flag\n');
  const env = { HOTPASS_CONFIG: '~/env.yaml' };
  const byFlag = await machine.load({ env, config: 'conf/flag.yaml' });
  expect(byFlag.target).toEqual({ value: 'flag', origin: 'conf/flag.yaml:2:16' });
  expect(byFlag.project.stateDir).toBe(join(machine.project, 'conf', '.hotpass'));
  expect((await machine.load({ env })).target).toEqual({ value: 'env', origin: '~/env.yaml:2:16' });
  expect((await machine.load({ env: { HOTPASS_CONFIG: '' } })).target.value).toBe('searched');
});

test('a named file that does not exist is an error', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\n');
  const byFlag = await machine.fail({ config: 'no.yaml' });
  expect(byFlag).toMatchObject({ code: 'config-not-found', exitCode: 2 });
  expect(byFlag.message).toBe('--config names no.yaml, which does not exist');
  const byVariable = await machine.fail({ env: { HOTPASS_CONFIG: '/no/such.yaml' } });
  expect(byVariable.message).toBe('HOTPASS_CONFIG names /no/such.yaml, which does not exist');
});

test.each([
  [{ stateDir: 'here' }, 'project/here'],
  [{ stateDir: '~/there' }, 'there'],
  [{ stateDir: '/abs' }, '/abs'],
  [{ env: { HOTPASS_STATE_DIR: '~/env' } }, 'env'],
  [{ env: { HOTPASS_STATE_DIR: '~/env' }, stateDir: '~/flag' }, 'flag'],
  [{ env: { HOTPASS_STATE_DIR: '' } }, 'project/.hotpass'],
])('state for %j is in %s', async (run, expected) => {
  const machine = await createMachine();
  const path = expected.startsWith('/') ? expected : join(machine.home, expected);
  expect((await machine.load(run)).project.stateDir).toBe(path);
});

test('without config and git, state is in the current folder', async () => {
  const machine = await createMachine();
  expect((await machine.load({ cwd: machine.top })).project.stateDir).toBe(join(machine.top, '.hotpass'));
});
