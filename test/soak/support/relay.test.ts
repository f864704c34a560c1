import { expect, it, onTestFinished } from 'vitest';
import { exchange, openClient, readToEnd } from '../../real/support/clients.ts';
import { eventually } from '../../real/support/sandbox-processes.ts';
import { freePort, isPortOpen, startEcho } from '../../support/ports.ts';
import { startRelay } from './relay.ts';

const openRelay = async () => {
  const echo = await startEcho();
  const relay = await startRelay(await freePort(), echo.port);
  onTestFinished(async () => {
    await relay.close();
    await echo.close();
  });
  return { echo, relay };
};

it('passes bytes and ends on, both ways', async () => {
  const { relay } = await openRelay();
  expect(await exchange(relay.port, 'hello')).toEqual({ received: Buffer.from('hello'), outcome: 'ended' });
});

it('lets nothing through while the network is lost, and everything afterwards', async () => {
  const { echo, relay } = await openRelay();
  const before = await openClient(relay.port);
  await eventually('the far end', async () => echo.open() === 1);
  relay.lose();
  const read = readToEnd(before);
  before.end('late');
  const newcomer = exchange(relay.port, 'new');
  // What gets through would arrive within a round trip on loopback.
  expect(await Promise.race([read, newcomer, exchange(echo.port, 'direct')])).toMatchObject({
    received: Buffer.from('direct'),
  });
  await relay.pass();
  expect(await read).toMatchObject({ received: Buffer.from('late') });
  expect(await newcomer).toMatchObject({ received: Buffer.from('new') });
});

it('resets what is open and refuses what comes, until it passes again', async () => {
  const { relay } = await openRelay();
  const client = await openClient(relay.port);
  const read = readToEnd(client);
  await relay.refuse();
  expect(await read).toMatchObject({ outcome: 'ECONNRESET' });
  expect(await isPortOpen(relay.port)).toBe(false);
  await relay.pass();
  expect(await exchange(relay.port, 'again')).toMatchObject({ outcome: 'ended' });
});
