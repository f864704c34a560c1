import { mkdir, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillDisk, isRoot, mountSmallDisk, openSufferer } from '../real/support/hardship.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { startEcho, type TestServer } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const FULL_MS = 30_000;
/** A look each 15 s, and a busy machine. */
const NOTICED_MS = 25_000;

describeReal('a session in trouble for a while', ['sshd', 'ssh', 'mount'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  it.runIf(isRoot)(
    'that loses its ssh again and again on a full disk has all of it in its log afterwards, and the disk once',
    async (t) => {
      const sufferer = await openSufferer(t, sshd, echo, async ({ state }) => {
        await mkdir(state, { mode: 0o700 });
        await mountSmallDisk(t, state);
      });
      const filler = await fillDisk(sufferer.stage.state);
      const until = performance.now() + FULL_MS;
      let breaks = 0;
      while (performance.now() < until) {
        await sufferer.reconnect();
        breaks += 1;
        await eventually('ready', async () => (await sufferer.stage.status()).sessions[0]?.state === 'ready');
        await sufferer.carries();
        expect(await sufferer.warnings()).toEqual([expect.stringContaining('no space is left')]);
      }
      await rm(filler);
      // Nobody asks it: it looks by itself.
      const log = await eventually(
        'the log',
        async () => {
          const lines = await sufferer.logged();
          return lines.some((line) => line.startsWith('mended: ')) && lines;
        },
        NOTICED_MS,
      );
      expect(log.filter((line) => line.startsWith('warning: '))).toHaveLength(1);
      expect(log.filter((line) => line.startsWith('mended: '))).toHaveLength(1);
      expect(log.filter((line) => line.startsWith('ready -> reconnecting'))).toHaveLength(breaks);
      expect(await sufferer.warnings()).toEqual([]);
      expect(await sufferer.down()).toBe('');
    },
  );

  it('that lost its state folder has it again, though nobody asks', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    const records = await stage.records();
    for (const _time of [1, 2]) {
      await rm(stage.state, { recursive: true });
      await eventually('the record', async () => (await stage.records()).length > 0, NOTICED_MS);
      expect(await stage.records()).toEqual(records);
      await sufferer.carries();
    }
    expect(await sufferer.down()).toBe('');
    expect(await stage.records()).toEqual([]);
  });

  it('that cannot make its sockets for a while makes them when it can', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage, pid } = sufferer;
    // Stopped meanwhile: it is quick to make it again.
    signalIfAlive(pid, 'SIGSTOP');
    await rm(stage.runtime, { recursive: true });
    await writeFile(stage.runtime, '');
    signalIfAlive(pid, 'SIGCONT');
    const hasWarned = async () =>
      (await sufferer.logged()).some((line) => line.startsWith('warning: the control socket'));
    await eventually('the warning', hasWarned, NOTICED_MS);
    // Held until there is a way again.
    const carried = sufferer.carries();
    await rm(stage.runtime);
    await carried;
    await eventually('ready', async () =>
      (await stage.status()).sessions.find(({ state }) => state === 'ready'),
    );
    await sufferer.carries();
    expect(await sufferer.warnings()).toEqual([]);
    const log = await sufferer.logged();
    expect(log.filter((line) => line.startsWith('warning: the control socket'))).toHaveLength(1);
    expect(log.filter((line) => line.startsWith('mended: the control socket'))).toHaveLength(1);
    expect(await sufferer.down()).toBe('');
  });
});
