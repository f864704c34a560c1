// A process of its own that works on state, one task a run: bundled by bundle.ts, told what to do by its arguments.
import { appendFileSync, mkdirSync, rmdirSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { HotpassError } from '../../../src/errors.ts';
import { withLock } from '../../../src/state/lock.ts';
import { addSession, netStore } from '../../../src/state/net.ts';
import { session } from './session.ts';
import { stateSystem } from './system.ts';

const [task, ...args] = process.argv.slice(2);
const sys = stateSystem();

if (task === 'add') {
  const [folder = '', number = '0'] = args;
  await netStore.update(sys, folder, (state) =>
    addSession(state, session({ id: number.padStart(16, '0'), label: `label-${number}` })),
  );
}

// Holds a lock until it is killed.
if (task === 'hold') {
  const [lock = ''] = args;
  await withLock(sys, lock, async () => {
    process.stdout.write('held\n');
    await sleepFor(120_000);
  });
}

// Enters the critical section some times; two inside at once is written down.
if (task === 'enter') {
  const [lock = '', trace = '', times = '1'] = args;
  const inside = `${trace}.inside`;
  const work = async (): Promise<void> => {
    // Only one process can make a folder.
    mkdirSync(inside);
    await sleepFor(1);
    rmdirSync(inside);
    appendFileSync(trace, 'entered\n');
  };
  for (let left = Number(times); left > 0; left -= 1) await withLock(sys, lock, work, { waitMs: 60_000 });
}

// Takes a lock that is held, or says why not.
if (task === 'try') {
  const [lock = '', waitMs = '0'] = args;
  await withLock(sys, lock, async () => process.stdout.write('got it\n'), { waitMs: Number(waitMs) }).catch(
    tell,
  );
}

// Adds a session whose label fills some kilobytes.
if (task === 'add-large') {
  const [folder = '', bytes = '0'] = args;
  const large = session({ id: 'f'.repeat(16), log: 'x'.repeat(Number(bytes)) });
  await netStore.update(sys, folder, (state) => addSession(state, large)).catch(tell);
}

function tell(error: unknown): void {
  process.stdout.write(
    error instanceof HotpassError ? `${error.code} ${error.message}\n` : `${String(error)}\n`,
  );
}
