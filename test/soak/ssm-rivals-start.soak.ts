import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventually } from '../real/support/sandbox-processes.ts';
import { openSides } from '../real/support/ssm-sides.ts';
import { describeReal } from '../support/real.ts';

/** Long enough for the plugin to do what it is going to do. */
const STALLED_MS = 1_000;

// The same experiment on our client and on the official plugin, each in a session of its own at the same far side. What
// the plugin does is written down as it is, so that the table in the docs stays true.
describeReal('our client beside the official plugin', ['session-manager-plugin'], () => {
  it('a line end that is alone in a message arrives as it was sent; theirs as a carriage return', async () => {
    const { collect, openOurs, openTheirs } = await openSides();
    // With the 8 bytes of a frame's head one byte more than a message holds, where it is read in one piece.
    const line = Buffer.from(`${'x'.repeat(1016)}\n`);
    const wrong: number[] = [];
    for (const open of [openOurs, openTheirs]) {
      const taken = collect();
      const stream = await (await open()).dial();
      for (let sent = 1; sent <= 20; sent += 1) {
        stream.write(line);
        await eventually('all has arrived', async () => taken().length === sent * line.length);
      }
      wrong.push(String(taken()).split('\r').length - 1);
      stream.destroy();
    }
    expect(wrong[0]).toBe(0);
    expect(wrong[1]).toBeGreaterThan(0);
  });

  it('who has said all it has to say gets its answer; by theirs it does not', async () => {
    const { serve, openOurs, openTheirs } = await openSides();
    serve((socket) => socket.once('data', () => setTimeout(() => socket.end('the answer'), 200)));
    const answers: string[] = [];
    for (const open of [openOurs, openTheirs]) {
      const stream = await (await open()).dial();
      stream.end('the question');
      let answer = '';
      for await (const chunk of stream) answer += chunk;
      answers.push(answer);
    }
    expect(answers).toEqual(['the answer', '']);
  });

  it.each([
    ['cut', 'cutSockets'],
    ['closed with "Bye"', 'sayBye'],
  ] as const)('an upload whose socket is %s goes on; theirs stands still for good', async (_, fault) => {
    const { far, collect, factsOf, openOurs, openTheirs } = await openSides();
    const sent = randomBytes(400_000);
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

    const taken = collect();
    const ours = await openOurs();
    await far.order('disturb', { latencyMs: 20 });
    (await ours.dial()).write(sent);
    await eventually('ours is under way', async () => taken().length > 0);
    await far.order(fault);
    await far.order('disturb', {});
    await eventually('ours is through', async () => taken().length === sent.length);
    expect(hash(taken())).toBe(hash(sent));
    await ours.close();

    const theirTaken = collect();
    const theirs = await openTheirs();
    (await theirs.dial()).write(sent);
    await eventually('theirs is under way', async () => theirTaken().length > 50_000);
    await far.order(fault);
    await eventually('theirs has its new socket', async () => (await factsOf(theirs)).connections === 2);
    await pause(STALLED_MS);
    const still = theirTaken().length;
    await pause(STALLED_MS);
    expect(theirTaken().length).toBe(still);
    expect(still).toBeLessThan(sent.length);
    // It takes connections all the same.
    expect(theirs.child.exitCode).toBeNull();
    (await theirs.dial()).destroy();
  });

  it('what SSM says at the end of a session is told by code; theirs exits with 0', async () => {
    const { far, openOurs, openTheirs } = await openSides();
    const words = 'Your session timed out due to inactivity.';
    const ours = await openOurs();
    const theirs = await openTheirs();
    await far.order('closeChannels', words);
    expect(await ours.ended).toMatchObject({ code: 'session-idle' });
    await eventually('theirs has left', async () => theirs.child.exitCode !== null);
    expect(theirs.child.exitCode).toBe(0);
    expect(theirs.said()).toContain(words);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'theirs leaves its session open after %s',
    async (signal) => {
      const { factsOf, openTheirs } = await openSides();
      const theirs = await openTheirs();
      theirs.child.kill(signal);
      await eventually('it is gone', async () => theirs.child.signalCode !== null);
      await eventually('the service knows', async () => (await factsOf(theirs)).clientSockets === 0);
      expect(await factsOf(theirs)).toMatchObject({ state: 'Disconnected' });
    },
  );
});
