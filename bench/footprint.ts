import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { startPrefect } from '../src/rehearsal/prefect.ts';
import { createSandbox } from '../test/support/hotpass.ts';
import { startSshd } from '../test/support/sshd.ts';
import { endChild } from './processes.ts';
import type { Row } from './report.ts';

const SETTLE_MS = 5_000;
const WATCH_MS = 30_000;
const TICKS_PER_SECOND = 100;

/** What an idle session costs: memory against an idle node, and CPU. Linux only: read from /proc. */
export async function benchFootprint(): Promise<Row[]> {
  const [sandbox, sshd, prefect] = [await createSandbox(), await startSshd(), await startPrefect({})];
  const idle = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  try {
    const up = ['net', 'up', '--host', sshd.alias, '--ssh-config', sshd.configFile, '--json'];
    const opened = await sandbox.hotpass([...up, '--forward', `prefect=127.0.0.1:${prefect.port}`]);
    const pid = Number(JSON.parse(opened.stdout).pid);
    await pause(SETTLE_MS);
    const before = await cpuTicks(pid);
    await pause(WATCH_MS);
    const percent = (((await cpuTicks(pid)) - before) / TICKS_PER_SECOND / (WATCH_MS / 1000)) * 100;
    const [ours, theirs] = [await residentKiB(pid), await residentKiB(idle.pid ?? 0)];
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
    await endChild(idle);
    await sandbox.hotpass(['net', 'down', '--all']);
    await prefect.close();
    await sshd.stop();
    await sandbox.remove();
  }
}

async function residentKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

/** Fields 14 and 15 of proc(5)'s stat, behind the name in parentheses. */
async function cpuTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
