import { appendFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import {
  expectEcho,
  expectMended,
  expectWholeEnd,
  findSsh,
  openConfigured,
} from '../real/support/ssh-config-stage.ts';
import { errorOf, openStage } from '../real/support/stage.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

describeReal('a forward that ssh_config adds', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  const open = (t: TestContext, ...settings: readonly string[]) =>
    openConfigured(t, sshd, echo, { settings });

  it('is told, opens where it can, and ends with the session', async (t) => {
    const [local, remote, dynamic] = [await freePort(), await freePort(), await freePort()];
    const tunnel = await open(
      t,
      `LocalForward ${local} 127.0.0.1:${echo.port}`,
      `RemoteForward ${remote} 127.0.0.1:${echo.port}`,
      `DynamicForward ${dynamic}`,
    );
    for (const kind of [`LocalForward ${local}`, `RemoteForward ${remote}`, `DynamicForward ${dynamic}`]) {
      expect(tunnel.up.stderr).toMatch(
        new RegExp(`^note: ssh_config adds ${kind}\\b.* to this session`, 'm'),
      );
    }
    await expectEcho(local);
    await expectEcho(remote);
    await expectWholeEnd(tunnel);
  });

  const BUSY = {
    LocalForward: 'LocalForward PORT 127.0.0.1:1',
    DynamicForward: 'DynamicForward PORT',
    RemoteForward: 'RemoteForward PORT 127.0.0.1:1',
  };
  for (const [kind, line] of Object.entries(BUSY)) {
    it(`does not stand in the way of ours when its port is busy: ${kind}`, async (t) => {
      const busy = await busyPort(t);
      const tunnel = await open(t, line.replace('PORT', String(busy)));
      // The other program keeps its port.
      await expectEcho(busy);
      expect((await tunnel.stage.status()).sessions).toMatchObject([{ state: 'ready', breaks: [] }]);
      expect((await tunnel.stage.net(['logs'])).stdout).toMatch(
        new RegExp(`ssh: .*(?:cannot listen to|forwarding failed for listen) port:? ${busy}`),
      );
      if (kind !== 'RemoteForward') {
        expect(tunnel.up.stderr).toContain(
          `note: port ${busy} is busy: that forward of ssh_config is not open\n`,
        );
      }
      await expectMended(tunnel, (await findSsh(tunnel.stage)).own[0], 1);
      await expectWholeEnd(tunnel);
    });
  }

  it('lets two sessions through one bastion live side by side', async (t) => {
    const { stage, configFile, port } = await open(t, `LocalForward ${await freePort()} 127.0.0.1:1`);
    const other = await freePort();
    const args = ['up', '--label=other', `--ssh-config=${configFile}`, '--host=bastion'];
    expect(await stage.net([...args, `--forward=echo=${other}:127.0.0.1:${echo.port}`])).toMatchObject({
      code: 0,
    });
    await expectEcho(other);
    await expectEcho(port);
  });

  it('may come into ssh_config while a session is up', async (t) => {
    const tunnel = await open(t);
    await appendFile(tunnel.configFile, `LocalForward ${await busyPort(t)} 127.0.0.1:1\n`);
    await expectMended(tunnel, (await findSsh(tunnel.stage)).own[0], 1);
    expect((await tunnel.stage.status()).sessions).toMatchObject([{ state: 'ready' }]);
  });

  it('does not lead to a server whose host key has changed', async (t) => {
    const stage = await openStage(t);
    const config = `${stage.home}/ssh_config`;
    const knownHosts = `${stage.home}/known_hosts`;
    await writeFile(knownHosts, sshd.wrongHostKeyLine);
    const settings = ['StrictHostKeyChecking no', `LocalForward ${await freePort()} 127.0.0.1:1`];
    await writeFile(
      config,
      [`UserKnownHostsFile ${knownHosts}`, ...settings, `Include ${sshd.configFile}`, ''].join('\n'),
    );
    const forward = `--forward=x=${await freePort()}:localhost:1`;
    const up = await stage.net(['up', '--json', '--host=bastion', `--ssh-config=${config}`, forward]);
    expect(errorOf(up)).toMatchObject({ code: 'host-key-changed' });
  });
});

/** A port of which another program holds both loopback addresses, until the end of the test. */
async function busyPort(t: TestContext): Promise<number> {
  const port = await freePort();
  for (const host of ['127.0.0.1', '::1']) {
    const holder = await startEcho(port, host);
    t.onTestFinished(() => holder.close());
  }
  return port;
}
