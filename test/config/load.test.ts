import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createMachine, EXAMPLE } from './support.ts';

const USER_FILE = '../.config/hotpass/config.yaml';

test('a machine without any file has the default target and no values', async () => {
  const machine = await createMachine();
  const config = await machine.load();
  expect(config.target).toEqual({ value: 'staging', origin: 'default' });
  expect(config.values).toEqual({});
  expect(config.warnings).toEqual([]);
  expect(config.origin(['net', 'via'])).toBeUndefined();
});

test('the example of the design loads whole', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', EXAMPLE);
  const config = await machine.load();
  expect(config.values.net?.forwards).toEqual({
    prefect: { host: 'prefect.staging.internal', port: 4200, probe: 'prefect' },
    marquez: { host: 'marquez.staging.internal', port: 5000, probe: 'marquez' },
    eks: {},
  });
  expect(config.values.aws?.accounts).toEqual(['123456789012']);
  expect(config.origin(['net', 'via'])).toBe('hotpass.yaml:7:12');
  expect(config.origin(['net', 'ssh', 'host'])).toBe('hotpass.yaml:9:20');
  expect(config.origin(['aws', 'accounts', 0])).toBe('hotpass.yaml:4:68');
  expect(config.origin(['net', 'forwards', 'eks'])).toBe('hotpass.yaml:13:14');
});

test('the three files merge leaf by leaf, the personal one first, and each leaf knows its file', async () => {
  const machine = await createMachine();
  const net = (lines: readonly string[]): string =>
    `version: 1\ntargets:\n  staging:\n    net:\n${lines.map((line) => `      ${line}\n`).join('')}`;
  await machine.write(
    USER_FILE,
    net(['via: direct', 'hold: 1', 'timeout: 1', 'ssh: { user: u, host: user.example }']),
  );
  await machine.write(
    'hotpass.yaml',
    net(['via: ssm', 'hold: 2', 'ssh: { host: project.example, jump: [a, b] }']),
  );
  await machine.write('hotpass.local.yaml', net(['via: ssh-bastion', 'ssh: { jump: c }']));
  const config = await machine.load();
  expect(config.values).toEqual({
    net: { via: 'ssh-bastion', hold: 2, timeout: 1, ssh: { user: 'u', host: 'project.example', jump: 'c' } },
  });
  const origins = [['via'], ['hold'], ['timeout'], ['ssh', 'user'], ['ssh', 'host'], ['ssh', 'jump']].map(
    (path) => config.origin(['net', ...path]),
  );
  expect(origins).toEqual([
    'hotpass.local.yaml:5:12',
    'hotpass.yaml:6:13',
    '~/.config/hotpass/config.yaml:7:16',
    '~/.config/hotpass/config.yaml:8:20',
    'hotpass.yaml:7:20',
    'hotpass.local.yaml:6:20',
  ]);
  expect(config.origin(['net', 'ssh', 'jump', 0])).toBeUndefined();
});

// Each row takes the strongest source of the row before away.
test.each([
  [['flag', 'env', 'dotenv', 'local', 'project', 'user'], 'flag', 'command line'],
  [['env', 'dotenv', 'local', 'project', 'user'], 'env', 'HOTPASS_TARGET'],
  [['dotenv', 'local', 'project', 'user'], 'dotenv', '.env:2'],
  [['local', 'project', 'user'], 'local', 'hotpass.local.yaml:2:16'],
  [['project', 'user'], 'project', 'hotpass.yaml:2:16'],
  [['user'], 'user', '~/.config/hotpass/config.yaml:2:16'],
  [[], 'staging', 'default'],
] as const)('of %j the target comes from %s', async (sources, value, origin) => {
  const machine = await createMachine();
  const has = (source: string): boolean => sources.some((each) => each === source);
  const file = (name: string): string => `version: 1\n${has(name) ? `defaultTarget: ${name}\n` : ''}`;
  await machine.write('hotpass.yaml', file('project'));
  await machine.write('hotpass.local.yaml', file('local'));
  await machine.write(USER_FILE, file('user'));
  await machine.write('.env', `OTHER=1\nHOTPASS_TARGET=${has('dotenv') ? 'dotenv' : ''}\n`);
  const config = await machine.load({
    env: { HOTPASS_TARGET: has('env') ? 'env' : '' },
    ...(has('flag') ? { target: 'flag' } : {}),
  });
  expect(config.target).toEqual({ value, origin });
});

test('variables come from the environment first, then from .env, and empty ones are absent', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\n');
  await machine.write(
    '.env',
    '# mine\nHOTPASS_VIA=direct\nexport HOTPASS_HOST="b"\nHOTPASS_NONE=\nAWS_SECRET=x\n',
  );
  const { variable } = await machine.load({ env: { HOTPASS_VIA: 'ssm', HOTPASS_HOST: '' } });
  expect(variable('HOTPASS_VIA')).toEqual({ value: 'ssm', origin: 'HOTPASS_VIA' });
  expect(variable('HOTPASS_HOST')).toEqual({ value: 'b', origin: '.env:3' });
  expect(variable('HOTPASS_NONE')).toBeUndefined();
  expect(variable('AWS_SECRET')).toBeUndefined();
  expect(process.env.HOTPASS_VIA).toBeUndefined();
});

test('.env may not say where config and state are, and says so', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\n');
  await machine.write('.env', 'HOTPASS_CONFIG=/a\nHOTPASS_STATE_DIR=/b\n');
  const config = await machine.load();
  expect(config.project.stateDir).toBe(join(machine.project, '.hotpass'));
  expect(config.variable('HOTPASS_STATE_DIR')).toBeUndefined();
  expect(config.warnings).toEqual([
    '.env:1: HOTPASS_CONFIG is not taken from .env; set it in the environment',
    '.env:2: HOTPASS_STATE_DIR is not taken from .env; set it in the environment',
  ]);
});

test('a .env without a config beside it is not read', async () => {
  const machine = await createMachine();
  await machine.write('.env', 'HOTPASS_VIA=direct\n');
  expect((await machine.load()).variable('HOTPASS_VIA')).toBeUndefined();
});

test('XDG_CONFIG_HOME moves the user config, and a relative one is ignored', async () => {
  const machine = await createMachine();
  await machine.write('../xdg/hotpass/config.yaml', 'version: 1\ndefaultTarget: moved\n');
  const moved = await machine.load({ env: { XDG_CONFIG_HOME: join(machine.home, 'xdg') } });
  expect(moved.target).toEqual({ value: 'moved', origin: '~/xdg/hotpass/config.yaml:2:16' });
  const ignored = await machine.load({ env: { XDG_CONFIG_HOME: '../xdg' } });
  expect(ignored.target.value).toBe('staging');
});

test('without a home no file of the current folder is taken for the user config', async () => {
  const machine = await createMachine();
  await machine.write('.config/hotpass/config.yaml', 'version: 1\ndefaultTarget: planted\n');
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(machine.project); // a relative path would be looked up here
  const config = await machine.load({ home: '' });
  expect(config.target.value).toBe('staging');
});

test('an unknown target is refused with what there is, and a guess', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\ntargets:\n  staging: {}\n  prod: {}\n');
  const error = await machine.fail({ target: 'stagign' });
  expect(error).toMatchObject({ code: 'target-unknown', exitCode: 2, hint: '--target staging' });
  expect(error.message).toBe(
    'target "stagign" (command line) is not in hotpass.yaml; did you mean "staging"? known: prod, staging',
  );
});

test.each(['constructor', '__proto__', 'toString'])(
  'a target called %s is not found on a prototype',
  async (target) => {
    const machine = await createMachine();
    await machine.write('hotpass.yaml', 'version: 1\ntargets:\n  staging: {}\n');
    expect(['target-unknown', 'label-invalid']).toContain((await machine.fail({ target })).code);
  },
);

test.each(['', '-x', 'a/b', '../up', 'a b', 'a\nb', 'ä', 'x'.repeat(64)])(
  '%j is no name for a target',
  async (target) => {
    const machine = await createMachine();
    expect(await machine.fail({ target })).toMatchObject({ code: 'label-invalid', exitCode: 2 });
  },
);

test('a tag in a higher layer replaces the instance of a lower one', async () => {
  const machine = await createMachine();
  const ssm = (block: string): string => `version: 1\ntargets: { staging: { net: { ssm: ${block} } } }\n`;
  await machine.write('hotpass.yaml', ssm('{ instance: i-0abc }'));
  await machine.write('hotpass.local.yaml', ssm('{ tag: { Role: bastion } }'));
  const config = await machine.load();
  expect(config.values.net?.ssm).toEqual({ tag: { Role: 'bastion' } });
  expect(config.origin(['net', 'ssm', 'instance'])).toBeUndefined();
});

test('a variable called __proto__ stays a variable', async () => {
  const machine = await createMachine();
  await machine.write(
    'hotpass.yaml',
    'version: 1\ntargets: { staging: { env: { set: { __proto__: a } } } }\n',
  );
  const set = (await machine.load()).values.env?.set ?? {};
  expect(Object.entries(set)).toEqual([['__proto__', 'a']]);
  expect(Object.getPrototypeOf(set)).toBe(Object.prototype);
});

test('anchors and aliases work, and point to where they stand', async () => {
  const machine = await createMachine();
  await machine.write(
    'hotpass.yaml',
    'version: 1\ntargets:\n  a: &a\n    net: { via: direct }\n  staging: *a\n',
  );
  const config = await machine.load();
  expect(config.values.net?.via).toBe('direct');
  expect(config.origin(['net', 'via'])).toBe('hotpass.yaml:4:17');
});

test('reading makes nothing', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', EXAMPLE);
  await mkdir(join(machine.project, 'sub'));
  await machine.load({ cwd: join(machine.project, 'sub') });
  expect((await readdir(machine.project)).sort()).toEqual(['.git', 'hotpass.yaml', 'sub']);
  expect(await readdir(machine.home)).toEqual(['project']);
});
