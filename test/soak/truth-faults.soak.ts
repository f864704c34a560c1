import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, it } from 'vitest';
import { describeReal } from '../support/real.ts';
import { complaintsOf, type FaultReport, renderDelays, renderMatrix } from './support/confusion.ts';
import { faultsOfServices } from './support/faults-of-services.ts';
import { faultsOfSession } from './support/faults-of-session.ts';
import { faultsOfSsh } from './support/faults-of-ssh.ts';
import { playFault } from './support/scene.ts';

const faults = [...faultsOfSsh, ...faultsOfServices, ...faultsOfSession];

describeReal('what net status says while something breaks', ['sshd', 'ssh'], () => {
  const reports: FaultReport[] = [];
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();

  afterAll(() => {
    const matrix = renderMatrix(reports.flatMap(({ judged }) => judged));
    console.log(
      `\n${matrix}\nn right, n~ in time, n! wrong`,
      `\n\n${renderDelays(reports)}`,
      `\nthe test itself was late by at most ${Math.round(delay.max / 1e6)} ms\n`,
    );
  });

  it.concurrent.for(faults)('is true: $name', { timeout: 120_000 }, async (fault, t) => {
    const report = await playFault(t, fault);
    reports.push(report);
    const complaints = complaintsOf(report);
    if (complaints.length > 0) throw new Error(`${complaints.join('\n')}\n${renderMatrix(report.judged)}`);
  });
});
