import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { startPrefect } from '../src/rehearsal/prefect.ts';
import { createSandbox } from '../test/support/hotpass.ts';
import { startSshd } from '../test/support/sshd.ts';
import type { Row } from './report.ts';

const SETTLE_MS = 10_000;
const WATCH_MS = 60_000;

/** How often an idle session's background process wakes up, all its threads together. Linux only: read from /proc. */
export async function benchIdle(): Promise<Row[]> {
  const [sandbox, sshd, prefect] = [await createSandbox(), await startSshd(), await startPrefect({})];
  try {
    const up = ['net', 'up', '--host', sshd.alias, '--ssh-config', sshd.configFile, '--json'];
    const opened = await sandbox.hotpass([...up, '--forward', `prefect=127.0.0.1:${prefect.port}`]);
    const pid = Number(JSON.parse(opened.stdout).pid);
    await pause(SETTLE_MS);
    const before = await countWaits(pid);
    await pause(WATCH_MS);
    const figure = ((await countWaits(pid)) - before) / (WATCH_MS / 1000);
    return [
      {
        what: 'idle supervisor, wake-ups a second',
        ours: '',
        theirs: '',
        figure,
        unit: '/s',
        limit: 1,
        bound: 'most',
      },
    ];
  } finally {
    await sandbox.hotpass(['net', 'down', '--all']);
    await prefect.close();
    await sshd.stop();
    await sandbox.remove();
  }
}

/** Counts how often the threads of a process went to sleep of their own accord; each time something woke them. */
async function countWaits(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const counts = await Promise.all(
    threads.map(async (thread) => {
      const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8');
      return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
