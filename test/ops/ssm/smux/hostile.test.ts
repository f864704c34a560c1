import { expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { createRandom, frame, leadSmux, noise, settled } from './peer.ts';

const COMMANDS = ['SYN', 'FIN', 'PSH', 'NOP'] as const;

it.each([1, 20_261_121, 99_991])(
  'bears whatever comes, while streams come and go (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    const below = (most: number) => Math.floor(random() * most);
    for (let session = 0; session < 100; session += 1) {
      const led = leadSmux();
      const streams: ReturnType<typeof led.smux.open>[] = [];
      let unread = 0;
      for (let step = 0; step < 100; step += 1) {
        const what = below(12);
        if (what === 0) streams.push(led.smux.open());
        else if (what === 1) streams.push(led.smux.open(() => random() < 0.7));
        else if (what === 2) streams[below(streams.length)]?.destroy();
        else if (what === 3) {
          const stream = streams[below(streams.length)];
          if (stream?.writable === true) stream.write(noise(step, below(5_000)));
        } else if (what === 4) streams[below(streams.length)]?.end();
        else if (what === 5) streams[below(streams.length)]?.resume();
        else if (what === 6) led.smux.refused();
        else if (what === 7) {
          led.room = 1 + below(3);
          led.smux.drain();
        } else if (what === 8 && random() < 0.05) led.smux.take(noise(step, below(64)));
        else {
          const bytes = frame(COMMANDS[below(4)] ?? 'PSH', below(2 * streams.length + 4), '');
          const data = below(2) * below(40_000);
          if (bytes[1] === 2) {
            bytes.writeUInt16LE(data, 2);
            unread += data;
          }
          const whole = Buffer.concat([bytes, bytes[1] === 2 ? noise(step, data) : Buffer.alloc(0)]);
          const cut = below(whole.length);
          led.smux.take(whole.subarray(0, cut));
          led.smux.take(whole.subarray(cut));
        }
        if (step % 10 === 0) await settled();
      }
      expect(led.wrong.length).toBeLessThanOrEqual(1);
      // It says that it is spent before all of it is here, and each time says that it is not any more.
      for (const [index, isSpent] of led.budget.entries()) expect(isSpent).toBe(index % 2 === 0);
      expect(unread).toBeGreaterThanOrEqual(0);
      led.smux.end(new HotpassError('ssm-failed', 'over'));
      await settled();
      expect(led.smux.streams()).toBe(0);
      for (const stream of streams) stream.destroy();
      await settled();
      expect(led.budget.at(-1) ?? false).toBe(false);
    }
  },
);
