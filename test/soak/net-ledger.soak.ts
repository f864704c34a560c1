import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { exchange } from '../real/support/clients.ts';
import { onlyPid } from '../real/support/sandbox-processes.ts';
import { directly, errorOf, openStage, throughSsh } from '../real/support/stage.ts';
import { openView, testInView } from '../real/support/views.ts';
import type { Ended } from '../support/hotpass.ts';
import { freePort, isPortOpen, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

describeReal('the port of a target', ['sshd', 'ssh', 'unshare', 'nsenter'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  /** What every target here wants by itself: the port of the service, which listens on another address. */
  let port: number;
  beforeAll(async () => {
    [sshd, port] = await Promise.all([startSshd(), freePort()]);
    echo = await startEcho(port, '127.0.0.2');
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  const openTwo = async (t: TestContext) => {
    const stage = await openStage(t);
    const other = join(stage.home, 'other');
    const wished = `api=127.0.0.2:${port}`;
    await mkdir(other);
    const up = async (target: string, cwd = stage.project, forward = wished, env = {}) =>
      readUp(
        await stage.net([...throughSsh(sshd, forward), target, '--json'], {
          cwd,
          env,
        }),
      );
    const down = async (cwd = stage.project) =>
      expect(await stage.net(['down', '--all'], { cwd })).toMatchObject({ code: 0 });
    t.onTestFinished(() => down(other));
    return { stage, other, up, down };
  };

  it('is never that of another one, up or down, asked for or not', async (t) => {
    const { stage, up, down } = await openTwo(t);
    expect(await up('staging')).toMatchObject({ outcome: 'started', moved: [], got: port });
    await down();

    const kept = `target staging (label staging) of ${stage.state}`;
    const prod = await up('prod');
    expect(prod.got).toBeGreaterThan(port);
    const moved = [{ forward: 'api', from: port, to: prod.got, holder: kept }];
    expect(prod.moved).toEqual(moved);
    expect(await isPortOpen(port)).toBe(false);
    expect(await up('prod')).toMatchObject({ outcome: 'already-up', moved: [{ from: port, to: prod.got }] });
    await down();

    const named = `api=${port}:127.0.0.2:${port}`;
    expect(await up('prod', stage.project, named)).toMatchObject({ moved, got: prod.got });
    await down();
    const refused = await stage.net([...throughSsh(sshd, named), '--no-auto-port', 'prod', '--json']);
    expect(errorOf(refused)).toMatchObject({
      code: 'port-busy',
      message: `port ${port} for api is kept for ${kept}`,
    });

    const [staging, again] = [await up('staging'), await up('prod')];
    // Prod has a port of its own by now: nothing has to move.
    expect([staging.got, again.got, again.moved]).toEqual([port, prod.got, []]);
    for (const number of [staging.got, again.got]) {
      expect(await exchange(number, 'hello')).toMatchObject({ outcome: 'ended' });
    }
  });

  it('is not that of the same target in another project, whose session is named', async (t) => {
    const { stage, other, up } = await openTwo(t);
    expect(await up('staging')).toMatchObject({ got: port });
    const pid = await onlyPid(stage, 'supervisor');
    const holder = `hotpass session staging (target staging, forward api) of ${stage.state}, pid ${pid}`;
    const moved = [{ forward: 'api', from: port, holder }];
    const beside = await up('staging', other);
    expect(beside).toMatchObject({ moved });
    expect(beside.got).toBeGreaterThan(port);
  });

  it('is told with project and target also by who does not know the ledger, or the record', async (t) => {
    const { stage, other, up } = await openTwo(t);
    expect(await up('staging')).toMatchObject({ got: port });
    const pid = await onlyPid(stage, 'supervisor');
    await rm(join(stage.state, 'net.json'));
    const holder = `hotpass session staging (target staging, forward api) of ${stage.state}, pid ${pid}`;
    const elsewhere = { XDG_STATE_HOME: join(stage.home, 'state') };
    expect(await up('prod', other, undefined, elsewhere)).toMatchObject({ moved: [{ from: port, holder }] });
    const refused = await stage.net(
      [...directly(`api=${port}:127.0.0.2:${port}`), '--label', 'x', '--no-auto-port', '--json'],
      { cwd: other, env: elsewhere },
    );
    expect(errorOf(refused)).toMatchObject({
      code: 'port-busy',
      message: `port ${port} for api is in use on 127.0.0.1, held by ${holder}`,
    });
  });

  testInView('mount')('is kept while the disk of its project is not mounted', async (t) => {
    const { stage, other, up, down } = await openTwo(t);
    const disk = join(stage.home, 'disk');
    await mkdir(disk);
    const view = await openView(
      { namespaces: ['mount'], setup: `mount -t tmpfs none ${disk}; mkdir ${disk}/p` },
      t,
    );
    const onDisk = { env: stage.env, project: join(disk, 'p') };
    const args = [...throughSsh(sshd, `api=127.0.0.2:${port}`), 'staging', '--json'];
    const run = (...words: string[]) => view.hotpass(onDisk, ['net', ...words]);
    expect(readUp(await run(...args))).toMatchObject({ got: port });
    expect(await run('down')).toMatchObject({ code: 0 });

    // Out here the disk is not mounted, and its folder is empty.
    const beside = await up('staging', other);
    expect(beside.moved).toMatchObject([
      { from: port, holder: expect.stringContaining(`of ${disk}/p/.hotpass`) },
    ]);
    await down(other);
    expect(readUp(await run(...args))).toMatchObject({ moved: [], got: port });
    expect(await run('down')).toMatchObject({ code: 0 });
  });
});

function readUp({ code, stdout, stderr }: Ended) {
  const { outcome, moved, forwards } = JSON.parse(stdout);
  if (code !== 0) throw new Error(stdout + stderr);
  return { outcome, moved, got: Number(forwards[0].local[0].split(':').at(-1)) };
}
