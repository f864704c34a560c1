import { describe, expect, test } from 'vitest';
import { createMachine } from './support.ts';

const USER_FILE = '../.config/hotpass/config.yaml';
const withSsh = (ssh: string, target = 'staging'): string =>
  `version: 1\ntargets:\n  ${target}:\n    net:\n      ssh: { ${ssh} }\n  staging: {}\n`.replace(
    target === 'staging' ? '\n  staging: {}' : '',
    '',
  );

describe.each([
  'ProxyCommand',
  'LocalCommand',
  'KnownHostsCommand',
  'PermitLocalCommand',
  'RemoteCommand',
  'PKCS11Provider',
  'SecurityKeyProvider',
  'Include',
  'Match',
  'IdentityAgent',
  'XAuthLocation',
  'ProxyUseFdpass',
  'proxycommand',
  'PROXYCOMMAND',
])('ssh option %s', (name) => {
  test.each(['hotpass.yaml', 'hotpass.local.yaml'])('is refused from %s', async (file) => {
    const machine = await createMachine();
    await machine.write(file, withSsh(`options: { ${name}: x }`));
    const error = await machine.fail();
    expect(error).toMatchObject({ code: 'config-untrusted', exitCode: 2 });
    expect(error.message).toMatch(
      new RegExp(
        `^${file}:5:\\d+: ssh option ${name} runs a command or loads code, which a project's file may not do$`,
      ),
    );
    expect(error.hint).toContain(`--ssh-option ${name}=`);
  });

  test('is taken from the user config, also when --config names it', async () => {
    const machine = await createMachine();
    const file = await machine.write(USER_FILE, withSsh(`options: { ${name}: x }`));
    expect((await machine.load()).values.net?.ssh?.options).toEqual({ [name]: 'x' });
    expect((await machine.load({ config: file })).values.net?.ssh?.options).toEqual({ [name]: 'x' });
  });
});

test.each([
  ['ForwardAgent', 'hands a credential or a channel of this machine to the far side'],
  ['StrictHostKeyChecking', 'changes how the host key is checked'],
])('%s %s, and is refused too', async (name, reason) => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', withSsh(`options: { ${name}: "yes" }`));
  expect((await machine.fail()).message).toContain(`ssh option ${name} ${reason}`);
});

test('harmless options of a project are taken', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', withSsh('options: { Compression: "yes", ConnectTimeout: "5" }'));
  expect((await machine.load()).values.net?.ssh?.options).toEqual({
    Compression: 'yes',
    ConnectTimeout: '5',
  });
});

test('an ssh config file is refused from a project, and taken from the user config above it', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', withSsh('configFile: evil'));
  const error = await machine.fail();
  expect(error).toMatchObject({ code: 'config-untrusted', exitCode: 2 });
  expect(error.message).toBe(
    "hotpass.yaml:5:26: configFile can hold commands that ssh runs, which a project's file may not do",
  );
  await machine.write('hotpass.yaml', 'version: 1\n');
  await machine.write(USER_FILE, withSsh('configFile: mine'));
  expect((await machine.load()).values.net?.ssh?.configFile).toBe('mine');
});

test('another target than the one in use is not judged', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', withSsh('configFile: x', 'prod'));
  expect((await machine.load()).values).toEqual({});
  expect((await machine.fail({ target: 'prod' })).code).toBe('config-untrusted');
});

test.each(['HOTPASS_SSH_OPTION', 'HOTPASS_SSH_OPTIONS', 'HOTPASS_SSH_CONFIG'])(
  '.env may not set %s',
  async (name) => {
    const machine = await createMachine();
    await machine.write('hotpass.yaml', 'version: 1\n');
    await machine.write('.env', `A=1\n${name}=ProxyCommand=x\n`);
    const error = await machine.fail();
    expect(error).toMatchObject({ code: 'config-untrusted', exitCode: 2 });
    expect(error.message).toBe(`.env:2: ${name} can make ssh run commands; .env may not set it`);
  },
);
