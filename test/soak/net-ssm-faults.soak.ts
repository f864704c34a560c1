import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { expect, it, onTestFinished } from 'vitest';
import type { SessionStatus } from '../../src/ops/net/status.ts';
import type { Pace } from '../../src/rehearsal/ssm/pacer.ts';
import { openClient, readToEnd } from '../real/support/clients.ts';
import { echoesThrough, echoThrough } from '../real/support/echo-clients.ts';
import { eventually, onlyPid } from '../real/support/sandbox-processes.ts';
import { expectNothingOverThere, INSTANCE, openSsmStage, type SsmStage } from '../real/support/ssm-stage.ts';
import { createFakeClock } from '../support/faketime.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';

const MIB = 1024 * 1024;

interface Tunnel {
  readonly stage: SsmStage;
  readonly port: number;
  readonly supervisor: number;
  session(): Promise<SessionStatus | undefined>;
}

/**
 * Opens a tunnel to a service that sends everything back. Where sockets are lost the pace must be the real one: an agent
 * without it has thousands of messages on the way, and it repairs ten a second.
 */
async function openTunnel(pace: Pace, ...more: readonly string[]): Promise<Tunnel> {
  const stage = await openSsmStage({ agent: { pace } });
  const echo = await startEcho();
  onTestFinished(() => echo.close());
  const port = await freePort();
  const forward = `echo=${port}:127.0.0.1:${echo.port}`;
  const up = await stage.net(['up', '--via', 'ssm', '--instance', INSTANCE, '--forward', forward, ...more]);
  expect(up).toMatchObject({ code: 0 });
  return {
    stage,
    port,
    supervisor: await onlyPid(stage, 'supervisor'),
    session: async () => (await stage.status()).sessions[0],
  };
}

const residentMiB = async (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const openFiles = async (pid: number) => (await readdir(`/proc/${pid}/fd`)).length;

it('carries 50 connections both ways over a way that loses, doubles and reorders 5 % and is 300 ms long', async () => {
  const { stage, port, session } = await openTunnel('official');
  const bad = { latencyMs: 300, lossPercent: 5, duplicatePercent: 5, reorderPercent: 5, reorderMs: 200 };
  await stage.far.order('disturb', bad);
  expect(await echoesThrough(port, 50, 10_000)).toEqual({ whole: 50 });
  await stage.far.order('disturb', {});
  expect(await session()).toMatchObject({ state: 'ready', breaks: [] });
});

it('carries one transfer over 200 cuts of its socket', async () => {
  const { stage, port, session } = await openTunnel('official');
  let received = 0;
  const transfer = echoThrough(port, 48 * MIB, 10, (count) => {
    received = count;
  });
  for (let cuts = 1; cuts <= 200; cuts += 1) {
    const before = received;
    await stage.far.order('cutSockets');
    await eventually('more of it', async () => received > before);
  }
  expect(await transfer).toEqual({ outcome: 'whole' });
  const [facts, ...others] = await stage.far.sessions();
  expect(others).toEqual([]);
  expect(facts?.connections).toBeGreaterThan(100);
  await eventually('ready', async () => (await session())?.state === 'ready');
});

it('says Bye to nobody when the service says it in the middle of ten transfers', async () => {
  const { stage, port, session } = await openTunnel('official');
  const clients = echoesThrough(port, 10, MIB, 10);
  await eventually('clients', async () => ((await session())?.forwards[0]?.traffic?.active ?? 0) === 10);
  await stage.far.order('sayBye');
  expect(await clients).toEqual({ whole: 10 });
  const status = await eventually('ready', async () => {
    const now = await session();
    return now?.state === 'ready' ? now : undefined;
  });
  expect(status.breaks).toMatchObject([{ kept: 10, lost: 0 }]);
  expect((await stage.far.sessions()).map(({ connections }) => connections)).toEqual([2]);
});

it('outlives two minutes without a gateway while clients write, and holds who comes meanwhile', async () => {
  const { stage, port, supervisor, session } = await openTunnel('official', '--hold', '10s');
  const clients = echoesThrough(port, 20, MIB, 50);
  await eventually('clients', async () => ((await session())?.forwards[0]?.traffic?.active ?? 0) === 20);
  await stage.far.order('setGatewayAway', true);
  const status = await eventually('reconnecting', async () => {
    const now = await session();
    return now?.state === 'reconnecting' ? now : undefined;
  });
  expect(status.reason).toBeTruthy();
  const late = await openClient(port);
  const came = performance.now();
  expect((await readToEnd(late)).outcome).toBe('ECONNRESET');
  expect(performance.now() - came).toBeGreaterThan(9_000);
  expect(performance.now() - came).toBeLessThan(14_000);
  await new Promise((resolve) => setTimeout(resolve, 108_000));
  // What waits for a way is bounded, whatever clients would write.
  expect(await residentMiB(supervisor)).toBeLessThan(150);
  await stage.far.order('setGatewayAway', false);
  expect(await clients).toEqual({ whole: 20 });
  await eventually('ready', async () => (await session())?.state === 'ready');
  expect(await stage.far.sessions()).toHaveLength(1);
  // The one that was held for too long counts as lost.
  expect((await session())?.breaks).toMatchObject([{ kept: 20, lost: 1 }]);
});

it('leaves sessions to nobody when its supervisor is killed', async () => {
  const { stage, supervisor } = await openTunnel('official', '--channels', '3');
  signalIfAlive(supervisor, 'SIGKILL');
  await waitUntilGone(supervisor);
  expect((await stage.far.sessions()).filter(({ state }) => state !== 'Terminated')).toHaveLength(3);
  expect(await stage.net(['down'])).toMatchObject({ code: 0 });
  await expectNothingOverThere(stage);
});

it('serves 500 connections at once, and 10,000 one after the other, and does not grow', async () => {
  const { port, supervisor, session } = await openTunnel('none');
  expect(await echoesThrough(port, 500, 20_000)).toEqual({ whole: 500 });
  expect(await residentMiB(supervisor)).toBeLessThan(150);
  // A connection that both sides have closed is kept for 2 s. How many are kept at once is what memory goes by, so that
  // a quick machine must not pile them up.
  const nobody = () =>
    eventually('nobody', async () => (await session())?.forwards[0]?.traffic?.active === 0);
  const batch = async (count: number) => {
    for (let done = 0; done < count; done += 50) {
      if (done % 1_000 === 0) await nobody();
      expect(await echoesThrough(port, 50, 100)).toEqual({ whole: 50 });
    }
    await nobody();
  };
  // Memory is flat from about 5,000 on; before that the heap finds its size.
  await batch(6_000);
  const before = { memory: await residentMiB(supervisor), files: await openFiles(supervisor) };
  await batch(4_000);
  expect((await residentMiB(supervisor)) - before.memory).toBeLessThan(15);
  expect(await openFiles(supervisor)).toBeLessThanOrEqual(before.files + 2);
});

describeReal('a machine that sleeps', ['faketime'], () => {
  it.each([
    ['that is still there', false],
    ['that is dead meanwhile', true],
  ])('keeps its connections by a socket %s', async (_, isDead) => {
    const stage = await openSsmStage();
    const [echo, clock, port] = [await startEcho(), await createFakeClock(stage.root), await freePort()];
    onTestFinished(() => echo.close());
    const args = ['up', '--via', 'ssm', '--instance', INSTANCE, '--foreground'];
    const up = stage.start(['net', ...args, '--forward', `echo=${port}:127.0.0.1:${echo.port}`], {
      env: clock.env,
    });
    const end = once(up, 'close');
    const session = async () => (await stage.status()).sessions[0];
    await eventually('ready', async () => (await session())?.state === 'ready');
    const client = await openClient(port);
    client.write('before');
    await once(client, 'data');
    if (isDead) await stage.far.order('setStalled', true);
    await clock.set(41);
    await eventually('a word about it', async () =>
      (await readFile((await session())?.log ?? '', 'utf8')).includes('the machine slept 41 s'),
    );
    if (isDead) {
      await eventually('the loss', async () =>
        (await readFile((await session())?.log ?? '', 'utf8')).includes('is interrupted'),
      );
      await stage.far.order('setStalled', false);
    }
    await eventually('ready', async () => (await session())?.state === 'ready');
    client.write('after');
    expect(String((await once(client, 'data'))[0])).toBe('after');
    const [facts] = await stage.far.sessions();
    expect((facts?.connections ?? 0) > 1).toBe(isDead);
    client.destroy();
    up.kill('SIGTERM');
    expect((await end)[0]).toBe(0);
    await expectNothingOverThere(stage);
  });
});
