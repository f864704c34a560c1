import { readFile, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';
import { openFarNetwork } from '../real/support/far-network.ts';
import { eventually, onlyPid } from '../real/support/sandbox-processes.ts';
import { openStage } from '../real/support/stage.ts';
import { testInView } from '../real/support/views.ts';
import { freePort } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';

const NOTICED_MS = 25_000;
/** The longest pause between two tries, and a login. */
const BACK_MS = 40_000;

describeReal('a network that goes away', ['sshd', 'ssh', 'unshare', 'nsenter', 'ip'], () => {
  const testInNetworks = testInView('net');

  const openOne = async () => {
    const stage = await openStage();
    const [network, port] = [await openFarNetwork(stage), await freePort()];
    const forward = `echo=${port}:127.0.0.1:${network.servicePort}`;
    const args = ['up', '--ssh-config', network.configFile, '--host', 'bastion', '--forward', forward];
    const up = await network.here.hotpass(stage, ['net', ...args, '--hold', '3s']);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    const session = async () => (await stage.status()).sessions[0];
    const because = (reason: RegExp, ms = NOTICED_MS) =>
      eventually(
        String(reason),
        async () => {
          const looked = await session();
          return looked?.state === 'reconnecting' && reason.test(looked.reason ?? '') && looked;
        },
        ms,
      );
    const comesBack = () => eventually('ready', async () => (await session())?.state === 'ready', BACK_MS);
    return { stage, network, port, session, because, comesBack };
  };

  testInNetworks(
    'comes back by itself when the network does',
    async () => {
      const { stage, network, port, session, because, comesBack } = await openOne();
      expect(await network.ask(port)).toBe('hello');
      const [ssh, began] = [await onlyPid(stage, 'ssh'), performance.now()];
      await network.setCable('down');
      await because(/^bastion went silent|network is unreachable/);
      expect(performance.now() - began).toBeLessThan(NOTICED_MS);
      expect(await because(/:\d+ cannot be reached: network is unreachable$/)).toMatchObject({
        code: 'ssh-unreachable',
        next: 'hotpass net logs staging',
      });
      expect(await network.ask(port)).toBe('ECONNRESET');
      await network.setCable('up');
      await comesBack();
      expect(await network.ask(port)).toBe('hello');
      expect(await onlyPid(stage, 'ssh')).not.toBe(ssh);
      expect((await session())?.breaks).toHaveLength(1);
    },
    120_000,
  );

  testInNetworks(
    'says why: nobody listens, or the name has no address',
    async () => {
      const { stage, network, because } = await openOne();
      await network.stopListening();
      signalIfAlive(await onlyPid(stage, 'ssh'), 'SIGKILL');
      await because(/^10\.78\.0\.2:\d+ cannot be reached: connection refused$/);
      const config = await readFile(network.configFile, 'utf8');
      await writeFile(
        network.configFile,
        config.replace(`HostName ${network.address}`, 'HostName bastion.invalid'),
      );
      const nameless = await because(/^bastion\.invalid has no address/, BACK_MS);
      expect(nameless.hint).toMatch(/^is the VPN up, and is bastion\.invalid the right name\?/);
      expect(nameless.retry?.attempt).toBeGreaterThan(1);
    },
    120_000,
  );
});
