import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { exchange } from './support/clients.ts';
import { directly, openStage, type Stage, throughSsh } from './support/stage.ts';

describeReal('net up reaches the far side', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let inner: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    sshd = await startSshd();
    // The inner one leads to the echo server; the outer one leads to the inner one and nowhere else.
    [inner, echo] = await Promise.all([startSshd({ alias: 'inner', joins: sshd }), startEcho()]);
  });
  afterAll(async () => {
    await inner?.stop();
    await sshd?.stop();
    await echo?.close();
  });

  /** Opens with these arguments and a forward to the echo server, and fails unless bytes come back on IPv4 and IPv6. */
  const works = async (stage: Stage, args: readonly string[], env = {}): Promise<string> => {
    const port = await freePort();
    const forward = ['--forward', `echo=${port}:127.0.0.1:${echo.port}`];
    const up = await stage.net([...args, ...forward], { env });
    expect(up).toMatchObject({ code: 0, stderr: '' });
    for (const host of ['127.0.0.1', '::1']) {
      const { outcome, received } = await exchange(port, 'hello', host);
      expect(`${outcome} ${received}`).toBe('ended hello');
    }
    return up.stdout.split('\n')[0] ?? '';
  };

  const writeConfig = async (file: string, net: object) => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ version: 1, targets: { staging: { net } } }));
  };

  it('by an alias of ssh_config', async () => {
    const stage = await openStage();
    expect(await works(stage, throughSsh(sshd))).toBe('through   ssh to bastion');
  });

  it('by address, port, user and key', async () => {
    const stage = await openStage();
    const args = ['up', '--host=127.0.0.1', `--ssh-port=${sshd.port}`, `--ssh-user=${sshd.user}`];
    const more = [`--identity=${sshd.identity}`, `--ssh-config=${sshd.configFile}`];
    expect(await works(stage, [...args, ...more])).toBe(`through   ssh to ${sshd.user}@127.0.0.1`);
  });

  it('through a jump host', async () => {
    const stage = await openStage();
    const before = await sshd.log();
    expect(await works(stage, [...throughSsh(inner), '--jump', 'bastion'])).toBe('through   ssh to inner');
    // Both servers were logged in to.
    expect((await sshd.log()).slice(before.length)).toContain('Accepted publickey');
    expect(await inner.log()).toContain('Accepted publickey');
  });

  it('through a jump host that ssh_config names', async () => {
    const stage = await openStage();
    const config = join(stage.home, 'ssh_config');
    await writeFile(config, `Include ${sshd.configFile}\nHost inner\n  ProxyJump bastion\n`);
    // The ssh that jumps reads the same file: ssh hands -F on.
    expect(await works(stage, ['up', '--host=inner', `--ssh-config=${config}`])).toBe(
      'through   ssh to inner',
    );
  });

  it('directly', async () => {
    const stage = await openStage();
    expect(await works(stage, directly())).toBe('through   directly');
  });

  it('as hotpass.yaml says, from any folder below it', async () => {
    const stage = await openStage();
    // A project's file may not name an ssh_config: that can hold commands. The user's own may.
    await writeConfig(join(stage.env.XDG_CONFIG_HOME ?? '', 'hotpass', 'config.yaml'), {
      ssh: { configFile: sshd.configFile },
    });
    const forwards = { echo: { host: '127.0.0.1', port: echo.port, probe: 'none' } };
    await writeConfig(join(stage.project, 'hotpass.yaml'), {
      ssh: { host: 'inner', jump: ['bastion'] },
      forwards,
    });
    const below = join(stage.project, 'deep', 'er');
    // hotpass.yaml is looked for up to the root of the repository.
    await mkdir(join(stage.project, '.git'));
    await mkdir(below, { recursive: true });
    expect(await stage.net(['up', '--auto-port'], { cwd: below })).toMatchObject({ code: 0 });
    const { sessions } = await stage.status();
    expect(sessions).toMatchObject([
      { state: 'ready', forwards: [{ layers: { service: { state: 'skipped', how: 'not probed' } } }] },
    ]);
    const local = Number(sessions[0]?.forwards[0]?.local[0]?.split(':').at(-1));
    expect(String((await exchange(local, 'hello')).received)).toBe('hello');
  });
});
