import { setTimeout as pause } from 'node:timers/promises';
import { startPrefect } from '../src/rehearsal/prefect.ts';
import { createSandbox } from '../test/support/hotpass.ts';
import { startSshd } from '../test/support/sshd.ts';
import { cpuSeconds, residentKiB, startIdleNode } from './cost.ts';
import type { Row } from './report.ts';

const SETTLE_MS = 5_000;
const WATCH_MS = 30_000;

/** What an idle session costs: memory against an idle node, and CPU. Linux only: read from /proc. */
export async function benchFootprint(): Promise<Row[]> {
  const [sandbox, sshd, prefect] = [await createSandbox(), await startSshd(), await startPrefect({})];
  const idle = startIdleNode();
  try {
    const up = ['net', 'up', '--host', sshd.alias, '--ssh-config', sshd.configFile, '--json'];
    const opened = await sandbox.hotpass([...up, '--forward', `prefect=127.0.0.1:${prefect.port}`]);
    const pid = Number(JSON.parse(opened.stdout).pid);
    await pause(SETTLE_MS);
    const before = await cpuSeconds(pid);
    await pause(WATCH_MS);
    const percent = (((await cpuSeconds(pid)) - before) / (WATCH_MS / 1000)) * 100;
    const [ours, theirs] = [await residentKiB(pid), await residentKiB(idle.pid)];
    const mebibytes = (kib: number) => `${(kib / 1024).toFixed(1)} MiB`;
    return [
      {
        what: 'idle supervisor, memory / idle node',
        ours: mebibytes(ours),
        theirs: mebibytes(theirs),
        figure: ours / theirs,
        unit: 'x',
        limit: 1.4,
        bound: 'most',
      },
      {
        what: 'idle supervisor, CPU',
        ours: '',
        theirs: '',
        figure: percent,
        unit: '%',
        limit: 0.1,
        bound: 'most',
      },
    ];
  } finally {
    await idle.end();
    await sandbox.hotpass(['net', 'down', '--all']);
    await prefect.close();
    await sshd.stop();
    await sandbox.remove();
  }
}
