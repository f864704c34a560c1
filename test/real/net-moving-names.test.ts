import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freePort, startServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { startSshd } from '../support/sshd.ts';
import { exchange } from './support/clients.ts';
import { eventually } from './support/sandbox-processes.ts';
import { directly, openStage, throughSsh } from './support/stage.ts';
import { openView, testInView } from './support/views.ts';

describeReal('a name that moves while its session runs', ['sshd', 'ssh', 'unshare', 'nsenter'], () => {
  const testWithOwnHosts = testInView('mount');

  /** A stage whose sessions look names up in a hosts file of their own. */
  const openWithHosts = async (name: string, address: string) => {
    const stage = await openStage();
    const file = join(stage.root, 'hosts');
    const move = (to: string) => writeFile(file, `${to} ${name}\n`);
    await move(address);
    const view = await openView({ namespaces: ['mount'], setup: `mount --bind ${file} /etc/hosts` });
    return { stage, move, net: (args: readonly string[]) => view.hotpass(stage, ['net', ...args]) };
  };

  testWithOwnHosts('is looked up again for the next try, when it is the bastion', async () => {
    const sshd = await startSshd({ settings: ['ListenAddress 127.0.0.2'] });
    onTestFinished(() => sshd.stop());
    const echo = await startServer(0, '127.0.0.1', (socket) => socket.pipe(socket));
    onTestFinished(() => echo.close());
    const { stage, move, net } = await openWithHosts('bastion.test', '127.0.0.2');
    await appendFile(
      sshd.configFile,
      `\nHost bastion.test\n  Port ${sshd.port}\n  User ${sshd.user}\n  IdentityFile ${sshd.identity}\n  HostKeyAlias [127.0.0.1]:${sshd.port}\n`,
    );
    const port = await freePort();
    const args = throughSsh({ ...sshd, alias: 'bastion.test' }, `echo=${port}:127.0.0.1:${echo.port}`);
    const up = await net(args);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    await move('127.0.0.1');
    await sshd.dropSessions();
    await eventually('a mended break', async () => (await stage.status()).sessions[0]?.breaks.length === 1);
    const reached = [...(await sshd.log()).matchAll(/^Connection from .* on (\S+) port/gm)].map(
      ([, at]) => at,
    );
    // The first one was the test's own, to see that sshd is there.
    expect(reached.slice(1)).toEqual(['127.0.0.2', '127.0.0.1']);
    expect(await exchange(port, 'there')).toMatchObject({ outcome: 'ended', received: Buffer.from('there') });
  });

  testWithOwnHosts('is looked up again for the next client, when it is a service', async () => {
    const port = await freePort();
    for (const address of ['127.0.0.2', '127.0.0.3']) {
      const service = await startServer(port, address, (socket) => socket.resume().end(`from ${address}`));
      onTestFinished(() => service.close());
    }
    const { stage, move, net } = await openWithHosts('service.test', '127.0.0.2');
    const local = await freePort();
    const up = await net(directly(`api=${local}:service.test:${port}`));
    expect(up, up.stderr).toMatchObject({ code: 0 });
    expect(String((await exchange(local, '')).received)).toBe('from 127.0.0.2');
    await move('127.0.0.3');
    expect(String((await exchange(local, '')).received)).toBe('from 127.0.0.3');
    expect(await stage.status()).toMatchObject({ code: 0 });
  });
});
