import { expect, it } from 'vitest';
import { noise } from '../ops/ssm/smux/peer.ts';
import { openClient } from './support/clients.ts';
import { eventually } from './support/sandbox-processes.ts';
import { openSsmGround } from './support/ssm-ground.ts';

it('300 clients at once get what is theirs, and leave nothing over there when they go', async (test) => {
  const ground = await openSsmGround(test, { agent: { pace: 'none' } });
  expect(await ground.net(ground.up())).toMatchObject({ code: 0 });
  const visit = async (_: unknown, seed: number) => {
    const client = await openClient(ground.port);
    const sent = noise(seed, 10_000);
    client.write(sent);
    const read: Buffer[] = [];
    for await (const bytes of client) {
      read.push(bytes);
      if (Buffer.concat(read).length >= sent.length) break;
    }
    // The loop has destroyed it: the echo would have waited for more.
    return Buffer.concat(read).equals(sent);
  };
  const visits = await Promise.all(Array.from({ length: 300 }, visit));
  expect(visits.filter((isRight) => !isRight)).toEqual([]);
  await eventually('no stream over there', async () => ground.far.sessions()[0]?.targetSockets === 0);
  expect((await ground.status()).sessions[0]).toMatchObject({ state: 'ready' });
  await ground.net(['down']);
});
