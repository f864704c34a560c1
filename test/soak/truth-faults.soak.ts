import { afterAll, it, type TestContext } from 'vitest';
import { describeReal } from '../support/real.ts';
import {
  complaintsOf,
  type FaultReport,
  isStarved,
  renderDelays,
  renderMatrix,
} from './support/confusion.ts';
import { faultsOfClock } from './support/faults-of-clock.ts';
import { faultsOfServices } from './support/faults-of-services.ts';
import { faultsOfSession } from './support/faults-of-session.ts';
import { faultsOfSsh } from './support/faults-of-ssh.ts';
import { type Fault, playFault } from './support/scene.ts';

const faults = [...faultsOfSsh, ...faultsOfServices, ...faultsOfSession, ...faultsOfClock];
/** Where the machine had no time, what came too late says nothing about the program. */
const PLAYS = 3;

describeReal('what net status says while something breaks', ['sshd', 'ssh', 'faketime', 'unshare'], () => {
  const reports: FaultReport[] = [];

  afterAll(() => {
    const matrix = renderMatrix(reports.flatMap(({ judged }) => judged));
    console.log(`\n${matrix}\nn right, n~ in time, n! wrong\n\n${renderDelays(reports)}\n`);
  });

  it.concurrent.for(faults)('is true: $name', { timeout: 200_000 }, async (fault, t) => {
    const report = await playUntilFed(t, fault);
    reports.push(report);
    const complaints = complaintsOf(report);
    if (complaints.length === 0) return;
    const remark = isStarved(report) ? `the machine was too busy in each of ${PLAYS} plays\n` : '';
    throw new Error(`${remark}${complaints.join('\n')}\n${renderMatrix(report.judged)}`);
  });
});

async function playUntilFed(t: TestContext, fault: Fault): Promise<FaultReport> {
  for (let play = 1; ; play += 1) {
    const report = await playFault(t, fault);
    if (play === PLAYS || !isStarved(report) || complaintsOf(report).length === 0) return report;
    console.warn(
      `${fault.name}: again, the machine was too busy; the test was ${Math.round(report.lateMs)} ms late`,
    );
  }
}
