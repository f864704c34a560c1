import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventually } from '../real/support/sandbox-processes.ts';
import { openSides, type Side } from '../real/support/ssm-sides.ts';
import { describeReal } from '../support/real.ts';

const KEY = 'AKIDREHEARSED';
/** The plugin tries for 3 to 6 s, and then no more. */
const OUTAGE_MS = 8_000;
const AFTERWARDS_MS = 4_000;

// As in test/real/ssm-rivals.test.ts: the same experiment on both, and what the plugin does is written down as it is.
describeReal('our client beside the official plugin, for longer', ['session-manager-plugin'], () => {
  it.each(['an expired login', 'a gateway that is away'] as const)(
    '%s for 8 s is survived; theirs never comes back, and stays as if it worked',
    { timeout: 90_000 },
    async (fault) => {
      const { far, serve, factsOf, openOurs, openTheirs } = await openSides();
      serve((socket) => socket.pipe(socket));
      const [ours, theirs] = [await openOurs(), await openTheirs()];
      const stream = await ours.dial();
      stream.write('before');
      await once(stream, 'data');
      if (fault === 'an expired login') {
        await far.order('setStanding', KEY, 'expired');
        await far.order('cutSockets');
      } else await far.order('setGatewayAway', true);
      await pause(OUTAGE_MS);
      await far.order('setStanding', KEY, 'good');
      await far.order('setGatewayAway', false);
      ours.hurry();
      stream.write('after');
      expect(String((await once(stream, 'data'))[0])).toBe('after');

      await pause(AFTERWARDS_MS);
      expect(await factsOf(theirs)).toMatchObject({ state: 'Disconnected', connections: 1 });
      expect(theirs.child.exitCode).toBeNull();
      (await theirs.dial()).destroy();
    },
  );

  it('frames that are lost are repaired at once; theirs never', { timeout: 90_000 }, async () => {
    const { far, serve, openOurs, openTheirs } = await openSides();
    const sent = randomBytes(1024 * 1024);
    serve((socket) => socket.write(sent));
    const [ours, theirs] = [await openOurs(), await openTheirs()];
    await far.order('disturb', { lossPercent: 2, seed: 7 });
    const takeAll = async (side: Side) => {
      const stream = await side.dial();
      let size = 0;
      stream.on('data', (chunk) => {
        size += chunk.length;
      });
      stream.write('go');
      return () => size;
    };
    const [ourSize, theirSize] = [await takeAll(ours), await takeAll(theirs)];
    await eventually('ours has all', async () => ourSize() === sent.length);
    await pause(OUTAGE_MS);
    expect(theirSize()).toBeLessThan(sent.length);
  });
});
