import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { startMarquez } from '../../src/rehearsal/marquez.ts';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import { openStage, throughSsh } from '../real/support/stage.ts';
import { freePort } from '../support/ports.ts';
import { endProcess } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { startSshd } from '../support/sshd.ts';

const LOOKS = 500;
const AT_ONCE = 3;
const LABELS = ['one', 'two', 'three'];

describeReal('sessions that work, on a machine that has no time', ['sshd', 'ssh'], () => {
  it(`are ready in each of ${LOOKS} looks`, async () => {
    const [sshd, prefect, marquez] = await Promise.all([startSshd(), startPrefect(), startMarquez()]);
    onTestFinished(async () => {
      await Promise.all([sshd.stop(), prefect.close(), marquez.close()]);
    });
    const stage = await openStage();
    for (const label of LABELS) {
      const forwards = [
        `prefect=${await freePort()}:127.0.0.1:${prefect.port}`,
        `marquez=${await freePort()}:127.0.0.1:${marquez.port}`,
      ];
      const up = [...throughSsh(sshd, ...forwards), '--label', label];
      expect(await stage.net(up)).toMatchObject({ code: 0 });
    }
    keepBusy();
    const began = performance.now();
    const took: number[] = [];
    const alarms: string[] = [];
    const look = async () => {
      const from = performance.now();
      const { sessions } = await stage.status();
      took.push(performance.now() - from);
      const bad = sessions.filter(({ state }) => state !== 'ready');
      alarms.push(...bad.map(({ label, state, reason }) => `${label} is ${state}: ${reason}`));
      if (sessions.length !== LABELS.length) alarms.push(`${sessions.length} sessions`);
    };
    let left = LOOKS;
    const keepLooking = async () => {
      while (left-- > 0) await look();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, keepLooking));
    const [middle, longest] = [took.sort((a, b) => a - b)[LOOKS / 2] ?? 0, Math.max(...took)];
    console.log(
      `${LOOKS} looks at ${LABELS.length} sessions in ${Math.round((performance.now() - began) / 1_000)} s;`,
      `one took ${Math.round(middle)} ms (median), ${Math.round(longest)} ms at most`,
    );
    expect(alarms).toEqual([]);
  });
});

/** Gives every core something to do until the test is over. */
function keepBusy(): void {
  for (let core = 0; core < availableParallelism(); core += 1) {
    const loop = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    onTestFinished(() => endProcess(loop));
  }
}
