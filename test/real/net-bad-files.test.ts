import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectNothingWritten, tellRefusals } from './support/refusals.ts';
import { openStage } from './support/stage.ts';

const FORWARD = ['--forward', 'x=h:1'] as const;
const up = (...args: readonly string[]) => ['up', ...args, ...FORWARD];

describe('net up refuses, before it begins anything,', () => {
  it('a program or file that is not there', async () => {
    const stage = await openStage();
    const told = await tellRefusals(
      stage,
      {
        'no ssh on PATH': { args: up('--host=h'), run: { env: { PATH: stage.home } } },
        'no identity': up('--host=h', '--identity', 'nowhere/key'),
        'a folder as identity': up('--host=h', '--identity', stage.home),
        'no ssh_config': up('--host=h', '--ssh-config', '~/nowhere'),
        'no config': up('--host=h', '--config', 'nowhere.yaml'),
      },
      (text) => text.replaceAll(stage.root, 'ROOT'),
    );
    await expectNothingWritten(stage);
    expect(told).toMatchInlineSnapshot(`
      "no ssh on PATH (exit 1)
      error: ssh is not installed, or not on PATH  [program-missing]
        next    install the OpenSSH client (Debian: apt-get install openssh-client)
      no identity (exit 2)
      error: --identity ROOT/p/nowhere/key does not exist  [file-not-found]
        next    name a file: --identity FILE
      a folder as identity (exit 2)
      error: --identity ROOT/h is a folder  [file-not-found]
        next    name a file: --identity FILE
      no ssh_config (exit 2)
      error: --ssh-config ROOT/h/nowhere does not exist  [file-not-found]
        next    name a file: --ssh-config FILE
      no config (exit 2)
      error: --config names nowhere.yaml, which does not exist  [config-not-found]
        next    leave --config out, or name a file"
    `);
  });

  it.each([
    ['unknown key', '    nett: {}', 'hotpass.yaml:4:5: unknown key "nett"', 'config-invalid'],
    ['wrong type', '    net: { ssh: { host: 5 } }', 'hotpass.yaml:4:25: ', 'config-invalid'],
    ['duplicate key', '    net: {}\n    net: {}', 'hotpass.yaml:5:5: duplicate key "net"', 'config-invalid'],
    ['port', '    net: { forwards: { x: { host: h, port: 99999 } } }', '99999', 'config-invalid'],
    ['option', '    net: { ssh: { options: { ProxyCommand: x } } }', 'ProxyCommand', 'config-untrusted'],
    ['reserved option', '    net: { ssh: { host: h, options: { BatchMode: "no" } } }', 'BatchMode', ''],
    ['host', '    net: { ssh: { host: "-oX" } }', '-oX', 'config-invalid'],
    ['other target', '    {}\n  prod: {}\ndefaultTarget: nope', 'nope', 'target-unknown'],
  ])('a hotpass.yaml with a wrong %s', async (_, block, said, code) => {
    const stage = await openStage();
    await writeFile(join(stage.project, 'hotpass.yaml'), `version: 1\ntargets:\n  staging:\n${block}\n`);
    const told = await tellRefusals(stage, { config: up() });
    expect(told.split('\n')[0]).toBe('config (exit 2)');
    expect(told.split('\n')[1]).toContain(said);
    expect(told.split('\n')[1]).toContain(`${code}]`);
    expect(told).toMatch(/^ {2}next {4}\S/m);
    await expectNothingWritten(stage);
  });
});
