import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMachine } from './support.ts';

const net = (line: string): string => `version: 1\ntargets:\n  staging:\n    net:\n      ${line}\n`;

describe('each mistake is one line with place, name and what is allowed', () => {
  test.each<readonly [what: string, text: string, message: string]>([
    ['an empty file', '', '1:1: the file must be a mapping, not empty'],
    ['only a comment', '# nothing yet\n', '1:1: the file must be a mapping, not empty'],
    ['text', 'hello\n', '1:1: the file must be a mapping, not a string ("hello")'],
    ['a list', '- version: 1\n', '1:1: the file must be a mapping, not a list'],
    ['no version', 'targets: {}\n', '1:1: version is missing; the file begins with "version: 1"'],
    ['a later version', 'version: 2\n', '1:10: version 2 is not known to this hotpass; allowed: 1'],
    ['a version in quotes', 'version: "1"\n', '1:10: version "1" is not known to this hotpass; allowed: 1'],
    [
      'an unknown key at the top',
      'version: 1\ntarget: {}\n',
      '2:1: unknown key "target" at the top; did you mean "targets"? allowed: version, defaultTarget, targets',
    ],
    [
      'an unknown key below',
      net('prot: 1'),
      '5:7: unknown key "prot" under targets.staging.net; allowed: via, ssm, ssh, forwards, bind, hold, timeout, autoPort, require',
    ],
    [
      'a key that YAML merges elsewhere',
      net('<<: { via: direct }'),
      '5:7: unknown key "<<" under targets.staging.net; allowed: via, ssm, ssh, forwards, bind, hold, timeout, autoPort, require',
    ],
    [
      'a key of prototypes',
      net('__proto__: {}'),
      '5:7: unknown key "__proto__" under targets.staging.net; allowed: via, ssm, ssh, forwards, bind, hold, timeout, autoPort, require',
    ],
    [
      'a wrong word',
      net('via: ssh'),
      '5:12: targets.staging.net.via is "ssh"; did you mean "ssh-bastion"? allowed: ssh-bastion, ssm, direct',
    ],
    [
      'a wrong type',
      net('ssh: bastion'),
      '5:12: targets.staging.net.ssh must be a mapping, not a string ("bastion")',
    ],
    ['an empty value', net('ssh:'), '5:7: targets.staging.net.ssh must be a mapping, not empty'],
    [
      'yes for true',
      net('autoPort: yes'),
      '5:17: targets.staging.net.autoPort must be true or false, not a string ("yes")',
    ],
    [
      'a port out of range',
      net('ssh: { port: 70000 }'),
      '5:20: targets.staging.net.ssh.port is 70000; allowed: 1 to 65535',
    ],
    ['port 0', net('ssh: { port: 0 }'), '5:20: targets.staging.net.ssh.port is 0; allowed: 1 to 65535'],
    [
      'half a port',
      net('ssh: { port: 4.5 }'),
      '5:20: targets.staging.net.ssh.port must be a whole number, not a number (4.5)',
    ],
    [
      'a port in words',
      net('ssh: { port: abc }'),
      '5:20: targets.staging.net.ssh.port must be a whole number, not a string ("abc")',
    ],
    [
      'an option as host',
      net('ssh: { host: -oProxyCommand=x }'),
      '5:20: targets.staging.net.ssh.host is "-oProxyCommand=x"; a host is letters, digits, dots, dashes, underscores and colons, and does not begin with a dash',
    ],
    [
      'a shell word as jump',
      net('ssh: { jump: ["a;id"] }'),
      '5:21: targets.staging.net.ssh.jump.0 is "a;id"; a jump is [USER@]HOST[:PORT]',
    ],
    [
      'a duration without sense',
      net('hold: soon'),
      '5:13: targets.staging.net.hold is "soon"; a duration is 30s, 10m, 1h, 500ms or bare seconds',
    ],
    ['a negative duration', net('hold: -1'), '5:13: targets.staging.net.hold is -1; allowed: 0 or more'],
    [
      'endless time',
      net('hold: .inf'),
      '5:13: targets.staging.net.hold must be a string or a number, not a number (null)',
    ],
    [
      'an option name with a line break',
      net('ssh: { options: { "A\\nProxyCommand": x } }'),
      '5:25: "A\\nProxyCommand" is no name under targets.staging.net.ssh.options; an ssh option is letters and digits, as in man ssh_config',
    ],
    [
      'an option value with a line break',
      net('ssh: { options: { User: "x\\nProxyCommand y" } }'),
      '5:31: targets.staging.net.ssh.options.User is not right; it may not hold line breaks or control characters',
    ],
    [
      'instance and tag',
      net('ssm: { instance: i-1, tag: { A: b } }'),
      '5:29: targets.staging.net.ssm names an instance and a tag; keep one',
    ],
    [
      'a number as variable',
      'version: 1\ntargets: { staging: { env: { set: { A: 4 } } } }\n',
      '2:40: targets.staging.env.set.A must be a string, not a number; put it in quotes',
    ],
    [
      'a secret in the open',
      'version: 1\ntargets: { staging: { env: { secrets: { A: hunter2 } } } }\n',
      '2:44: targets.staging.env.secrets.A is not right; a secret is a reference such as ssm:/path, never the secret itself',
    ],
    [
      'an account without quotes',
      'version: 1\ntargets: { staging: { aws: { accounts: [123456789012] } } }\n',
      '2:41: targets.staging.aws.accounts.0 must be a string, not a number (123456789012); put it in quotes',
    ],
    [
      'an empty name',
      'version: 1\ntargets: { staging: { prefect: { profile: "" } } }\n',
      '2:43: targets.staging.prefect.profile is empty',
    ],
    [
      'a target that is no file name',
      'version: 1\ntargets:\n  a/b: {}\n',
      '3:3: "a/b" is no name under targets; a name is 1 to 63 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
    ],
    ['a duplicate key', 'version: 1\ntargets: {}\nversion: 1\n', '3:1: duplicate key "version"'],
    ['a duplicate key below', net('via: direct\n      via: ssm'), '6:7: duplicate key "via"'],
    [
      'two documents',
      'version: 1\n---\nversion: 1\n',
      '2:1: a second document begins here; a config is one document',
    ],
    ['a tab', 'version: 1\ntargets:\n\tstaging: {}\n', '3:1: a tab stands where YAML wants spaces'],
    [
      'an open bracket',
      'version: 1\ntargets: [\n',
      '3:1: is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['an open quote', 'version: "1\n', '2:1: is not valid YAML: missing closing "quote'],
    ['an alias to nothing', 'version: *nobody\n', '1:10: alias "nobody" has no anchor above it'],
    ['a tag of its own', 'version: !run 1\n', '1:10: is not valid YAML: unresolved tag: !run'],
    [
      'a mapping as key',
      '? { a: b }\n: 1\nversion: 1\n',
      '1:3: is not valid YAML: with stringKeys, all keys must be strings',
    ],
    [
      'a binary file',
      '\u0000\u0001\u0002',
      '1:1: the file must be a mapping, not a string ("\\u0000\\u0001\\u0002")',
    ],
  ])('%s', async (_, text, message) => {
    const machine = await createMachine();
    await machine.write('hotpass.yaml', text);
    const error = await machine.fail();
    expect(error).toMatchObject({ code: 'config-invalid', exitCode: 2 });
    expect(error.message).toBe(`hotpass.yaml:${message}`);
  });
});

test('all problems of a file are told at once, in the order of its lines', async () => {
  const machine = await createMachine();
  await machine.write(
    'hotpass.yaml',
    net('via: x\n      forwards:\n        "a~/b": {}\n        web: { port: 0 }'),
  );
  const error = await machine.fail();
  expect(error.message).toBe(
    'hotpass.yaml:5:12: targets.staging.net.via is "x"; allowed: ssh-bastion, ssm, direct (and 2 more)',
  );
  expect(error.hint).toBe('edit hotpass.yaml, lines 5, 7, 8');
  expect(error.details).toMatchObject({
    count: 3,
    problems: [
      { file: 'hotpass.yaml', line: 5, column: 12, pointer: '/targets/staging/net/via' },
      { line: 7, column: 9, pointer: '/targets/staging/net/forwards/a~0~1b' },
      { line: 8, column: 22, pointer: '/targets/staging/net/forwards/web/port' },
    ],
  });
});

test('the file that is wrong is named, whichever layer it is', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\n');
  await machine.write('hotpass.local.yaml', 'version: 1\nx: 1\n');
  expect((await machine.fail()).message).toMatch(/^hotpass\.local\.yaml:2:1: unknown key "x"/);
  await machine.write('hotpass.local.yaml', 'version: 1\n');
  await machine.write('../.config/hotpass/config.yaml', 'version: 1\nx: 1\n');
  expect((await machine.fail()).message).toMatch(/^~\/\.config\/hotpass\/config\.yaml:2:1: unknown key "x"/);
});

test('a message is one line, and holds no control characters of the file', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', 'version: 1\ndefaultTarget: a\u007fb\n');
  expect((await machine.fail()).message).toMatch(/^hotpass\.yaml:2:16: defaultTarget is "a\\x7fb"; /);
  await machine.write('hotpass.yaml', 'version: 1\n"a\\nb\\e[31m": 1\n');
  expect((await machine.fail()).message).toMatch(
    /^hotpass\.yaml:2:1: unknown key "a\\nb\\u001b\[31m" at the top; /,
  );
});

test('a file that is not UTF-8, too large or a folder is refused', async () => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', Uint8Array.of(0x76, 0xff, 0xfe));
  expect((await machine.fail()).message).toBe('hotpass.yaml is not UTF-8 text');
  await machine.write('hotpass.yaml', `version: 1\n#${'x'.repeat(1024 * 1024)}\n`);
  expect((await machine.fail()).message).toBe('hotpass.yaml is larger than 1048576 bytes');
  await mkdir(join(machine.project, 'folder'));
  const error = await machine.fail({ config: 'folder' });
  expect(error).toMatchObject({ code: 'config-invalid', message: 'folder is not a regular file' });
});

// Each of these takes minutes, or all memory, in a parser without bounds.
test.each([
  ['many keys', `version: 1\n${Array.from({ length: 40_000 }, (_, index) => `k${index}:\n`).join('')}`],
  ['many values in one key', `version: 1\ntargets: [${'a,'.repeat(100_000)}]\n`],
  ['deep nesting', `version: ${'['.repeat(50_000)}`],
  [
    'deep blocks',
    `a:\n${Array.from({ length: 1000 }, (_, index) => `${' '.repeat(index + 1)}a:\n`).join('')}`,
  ],
  ['many aliases', `a: &a x\nb: [${'*a,'.repeat(50_000)}]\n`],
  ['a circle', 'version: 1\ntargets: &a { staging: *a }\n'],
  [
    'aliases that multiply',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(9)}]\n`).join('')}`,
  ],
])('%s end as an error within seconds', async (_, text) => {
  const machine = await createMachine();
  await machine.write('hotpass.yaml', text);
  const start = performance.now();
  expect(await machine.fail()).toMatchObject({ code: 'config-invalid' });
  expect(performance.now() - start).toBeLessThan(15_000);
});
