import { execFile } from 'node:child_process';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectNothingLeft, tellRefusals } from '../real/support/refusals.ts';
import { openStage } from '../real/support/stage.ts';
import { freePort, startServer, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const run = promisify(execFile);

describeReal('net up tells why a bastion cannot be used', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let inner: Sshd;
  const servers: TestServer[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
    inner = await startSshd({ alias: 'inner', joins: sshd });
  });
  afterAll(async () => {
    await inner?.stop();
    await sshd?.stop();
    for (const server of servers) await server.close();
  });

  const FORWARD = ['--forward', 'x=localhost:1'] as const;
  let labels = 0;
  const to = (host: string, ...more: readonly string[]) => [
    'up',
    // One of its own, for those of a table run side by side; which local port each gets is told elsewhere.
    `--label=l${++labels}`,
    '--quiet',
    `--host=${host}`,
    ...FORWARD,
    ...(more.includes('--ssh-config') ? [] : ['--ssh-config', sshd.configFile]),
    ...more,
  ];
  const toPort = (port: number, ...more: readonly string[]) => to('127.0.0.1', `--ssh-port=${port}`, ...more);
  const serve = async (...what: Parameters<typeof startServer>) => {
    const server = await startServer(...what);
    servers.push(server);
    return server.port;
  };
  /** Ports, folders and the login differ from run to run. */
  const mask = (text: string) =>
    text
      // Those that run side by side want one local port.
      .replaceAll(/^warning: \d+ is (?:kept|held) .*\n/gm, '')
      .replaceAll(sshd.folder, 'CLIENT')
      .replaceAll(`of ${sshd.user} `, 'of USER ')
      .replaceAll(/\b\d{5}\b/g, 'PORT')
      .replaceAll(/\bl\d+\b/g, 'LABEL');

  it('when it does not accept the key', async () => {
    const key = async (name: string, mode: number) => {
      const file = join(sshd.folder, name);
      await copyFile(sshd.identity, file);
      await chmod(file, mode);
      return file;
    };
    const locked = await key('locked', 0o600);
    await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'a passphrase', '-f', locked]);
    const noKey = join(sshd.folder, 'no-key');
    await writeFile(noKey, 'not a key\n', { mode: 0o600 });
    const stage = await openStage();
    const told = await tellRefusals(
      stage,
      {
        'wrong key of ssh_config': to('bastion-wrong-key'),
        'wrong key': toPort(sshd.port, '--identity', sshd.wrongIdentity),
        'no key': toPort(sshd.port),
        'wrong user': to('bastion', '--ssh-user', 'nobody-here'),
        'key that others can read': toPort(sshd.port, '--identity', await key('open', 0o644)),
        'key with a passphrase, and no agent': toPort(sshd.port, '--identity', locked),
        'public key': toPort(sshd.port, '--identity', `${sshd.identity}.pub`),
        'no key in the file': toPort(sshd.port, '--identity', noKey),
        'wrong key for the jump host': to('inner', '--jump', 'bastion-wrong-key'),
        'wrong key behind the jump host': to('inner-wrong-key', '--jump', 'bastion'),
      },
      (text) => mask(text).replace(/(no-key: ).*?(?= {2}\[)/, '$1WHY'),
    );
    await expectNothingLeft(stage);
    expect(told).toMatchInlineSnapshot(`
      "wrong key of ssh_config (exit 1)
      error: bastion-wrong-key does not accept the login of USER (it takes publickey)  [ssh-auth-failed]
        next    is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ssh -F CLIENT/ssh_config bastion-wrong-key
      wrong key (exit 1)
      error: 127.0.0.1:PORT does not accept the login of USER (it takes publickey)  [ssh-auth-failed]
        next    is it the right key and user? if it has a passphrase: ssh-add CLIENT/id_wrong
      no key (exit 1)
      error: 127.0.0.1:PORT does not accept the login of USER (it takes publickey)  [ssh-auth-failed]
        next    is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ssh -F CLIENT/ssh_config -p PORT 127.0.0.1
      wrong user (exit 1)
      error: bastion does not accept the login of nobody-here (it takes publickey)  [ssh-auth-failed]
        next    is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ssh -F CLIENT/ssh_config -l nobody-here bastion
      key that others can read (exit 1)
      error: key CLIENT/open can be read by others (mode 0644), so ssh does not use it  [ssh-auth-failed]
        next    chmod 600 CLIENT/open
      key with a passphrase, and no agent (exit 1)
      error: 127.0.0.1:PORT does not accept the login of USER (it takes publickey)  [ssh-auth-failed]
        next    is it the right key and user? if it has a passphrase: ssh-add CLIENT/locked
      public key (exit 1)
      error: CLIENT/id_ed25519.pub is a public key, and the private one is needed  [ssh-auth-failed]
        next    --identity CLIENT/id_ed25519
      no key in the file (exit 1)
      error: ssh cannot use key CLIENT/no-key: WHY  [ssh-auth-failed]
        next    name a private key that ssh-keygen made: --identity FILE
      wrong key for the jump host (exit 1)
      error: jump host bastion-wrong-key does not accept the login of USER (it takes publickey)  [ssh-auth-failed]
        next    keys of a jump host stand in ssh_config; try: ssh -F CLIENT/ssh_config -J bastion-wrong-key inner
      wrong key behind the jump host (exit 1)
      error: inner-wrong-key does not accept the login of USER (it takes publickey)  [ssh-auth-failed]
        next    is the key loaded (ssh-add -l) and the user right (--ssh-user)? try: ssh -F CLIENT/ssh_config -J bastion inner-wrong-key"
    `);
  });

  it('when it cannot be reached', async () => {
    const nobody = await freePort();
    const stage = await openStage();
    const told = await tellRefusals(
      stage,
      {
        'no address': to('no-such-host.invalid'),
        'refused port': toPort(nobody),
        'something that is no ssh': toPort(
          await serve(0, '127.0.0.1', (socket) =>
            socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
          ),
        ),
        'something older': toPort(await serve(0, '127.0.0.1', (socket) => socket.end('SSH-1.5-old\r\n'))),
        'something that hangs up': toPort(await serve(0, '127.0.0.1', (socket) => socket.destroy())),
        'something that never speaks': toPort(
          await serve(0, '127.0.0.1', (socket) => socket.resume()),
          '--timeout=1',
        ),
        'no address of the jump host': to('inner', '--jump', 'no-such-host.invalid'),
        'refused port of the jump host': to('inner', '--jump', `127.0.0.1:${nobody}`),
        'refused port behind the jump host': toPort(nobody, '--jump', 'bastion'),
      },
      (text) =>
        mask(text)
          .replace(/connection reset by peer/, 'gone')
          .replace(/(login)(: gone)?(?= {2}\[)/, '$1'),
    );
    await expectNothingLeft(stage);
    expect(told).toMatchInlineSnapshot(`
      "no address (exit 1)
      error: no-such-host.invalid has no address  [ssh-unreachable]
        next    is the VPN up, and is no-such-host.invalid the right name? try: ssh -F CLIENT/ssh_config no-such-host.invalid
      refused port (exit 1)
      error: 127.0.0.1:PORT cannot be reached: connection refused  [ssh-unreachable]
        next    is the VPN up, and does sshd listen there?
      something that is no ssh (exit 1)
      error: 127.0.0.1:PORT closed the connection before the login  [ssh-unreachable]
        next    does an ssh server listen on that port, and is this address allowed there?
      something older (exit 1)
      error: what answers at 127.0.0.1:PORT does not speak SSH 2  [ssh-unreachable]
        next    is that the port of sshd (--ssh-port)?
      something that hangs up (exit 1)
      error: 127.0.0.1:PORT closed the connection before the login  [ssh-unreachable]
        next    does an ssh server listen on that port, and is this address allowed there?
      something that never speaks (exit 1)
      error: not ready within 1 s: ssh to 127.0.0.1 is not open yet  [not-ready]
        next    hotpass net logs LABEL  (more time: --timeout 30s)
      no address of the jump host (exit 1)
      error: no-such-host.invalid has no address (on the way to inner)  [ssh-unreachable]
        next    is the VPN up, and is no-such-host.invalid the right name? try: ssh -F CLIENT/ssh_config -J no-such-host.invalid inner
      refused port of the jump host (exit 1)
      error: 127.0.0.1:PORT cannot be reached (on the way to inner): connection refused  [ssh-unreachable]
        next    is the VPN up, and does sshd listen there?
      refused port behind the jump host (exit 1)
      error: 127.0.0.1:PORT cannot be reached from jump host bastion: connection refused  [ssh-unreachable]
        next    is it the right name, seen from there, and may that host forward? try: ssh -F CLIENT/ssh_config -p PORT -J bastion 127.0.0.1"
    `);
  });

  it('when ssh refuses its own settings', async () => {
    const broken = join(sshd.folder, 'broken config');
    await writeFile(broken, 'Host *\n  Frobnicate yes\n');
    const stage = await openStage();
    const told = await tellRefusals(
      stage,
      {
        'unknown option': to('bastion', '--ssh-option', 'Frobnicate=yes'),
        'wrong value': to('bastion', '--ssh-option', 'Compression=maybe'),
        'wrong ssh_config': to('bastion', '--ssh-config', broken),
        'nothing in common': to('bastion', '--ssh-option', 'HostKeyAlgorithms=ssh-rsa'),
      },
      mask,
    );
    await expectNothingLeft(stage);
    expect(told).toMatchInlineSnapshot(`
      "unknown option (exit 2)
      error: ssh refuses --ssh-option: bad configuration option: frobnicate  [ssh-config-invalid]
        next    names and values: man ssh_config
      wrong value (exit 2)
      error: ssh refuses --ssh-option: unsupported option "maybe"  [ssh-config-invalid]
        next    names and values: man ssh_config
      wrong ssh_config (exit 2)
      error: ssh refuses its configuration: CLIENT/broken config: line 2: Bad configuration option: frobnicate  [ssh-config-invalid]
        next    mend that file; another one: --ssh-config FILE
      nothing in common (exit 1)
      error: bastion and this ssh share no host key type  [ssh-failed]
        next    allow what it offers, if you trust it: --ssh-option HostKeyAlgorithms=+ssh-ed25519"
    `);
  });
});
