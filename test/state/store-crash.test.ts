import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { addSession, netStore } from '../../src/state/net.ts';
import { useWorker } from './support/bundle.ts';
import { runChild } from './support/child.ts';
import { tempFolder } from './support/folder.ts';
import { testWith } from './support/needs.ts';
import { session } from './support/session.ts';
import { stateSystem } from './support/system.ts';

// Where a platform has only the newer call (linkat), strace passes over the other, marked with ?.
const CALLS = [
  '?openat',
  '?write',
  '?pwrite64',
  '?fsync',
  '?fdatasync',
  '?chmod',
  '?fchmodat',
  '?chown',
  '?fchownat',
  'bind',
  '?link',
  '?linkat',
  '?rename',
  '?renameat',
  '?renameat2',
  '?unlink',
  '?unlinkat',
];
const worker = useWorker();
const testWithStrace = testWith('strace', ['strace', '-o', '/dev/null', 'true']);

testWithStrace(
  'a process killed at any call that changes a file leaves the old or the new file whole',
  { timeout: 180_000 },
  async () => {
    const seen = new Set<number>();
    for (const [call, nth] of await findCalls()) {
      const folder = await seededFolder();
      const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`];
      const ended = await runStraced('/dev/null', inject, folder);
      expect([call, nth, ended.signal]).toEqual([call, nth, 'SIGKILL']);

      const { sessions } = await netStore.read(folder);
      expect([['label-0'], ['label-0', 'label-1']]).toContainEqual(sessions.map(({ label }) => label));
      seen.add(sessions.length);

      const next = session({ id: '2'.repeat(16), label: 'label-2' });
      await netStore.update(stateSystem(), folder, (state) => addSession(state, next));
      const left = (await readdir(folder)).filter(
        (name) => !/^net\.json\.lock\.[0-9a-f]{32}(\.life)?$/.test(name),
      );
      expect(left.sort()).toEqual(['.gitignore', 'net.json']);
    }
    expect([...seen].sort()).toEqual([1, 2]);
  },
);

/** Runs one update and lists its calls that reach into the state folder, by name and place in the main thread. */
async function findCalls(): Promise<readonly (readonly [call: string, nth: number])[]> {
  const folder = await seededFolder();
  const trace = join(await tempFolder(), 'trace');
  await runStraced(trace, ['-y', '-e', `trace=${CALLS.join(',')}`], folder);
  const counts = new Map<string, number>();
  const found: (readonly [string, number])[] = [];
  for (const line of (await readFile(trace, 'utf8')).split('\n')) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) continue;
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    const isHere = line.includes(folder) || line.includes('/proc/self/fd/');
    if (isHere && !line.includes('O_RDONLY')) found.push([call, nth]);
  }
  // Ticket, draft, rename into place, release: fewer means that the work has moved to where strace does not look.
  for (const call of [/openat/, /bind/, /write/, /fsync/, /link/, /rename/, /unlink/]) {
    expect(found.map(([name]) => name)).toContainEqual(expect.stringMatching(call));
  }
  return found;
}

async function seededFolder(): Promise<string> {
  const folder = join(await tempFolder(), '.hotpass');
  await mkdir(folder, { mode: 0o700 });
  const first = session({ id: '0'.repeat(16), label: 'label-0' });
  await netStore.update(stateSystem(), folder, (state) => addSession(state, first));
  return folder;
}

function runStraced(trace: string, options: readonly string[], folder: string): ReturnType<typeof runChild> {
  // Without -f: strace counts calls a thread, and what an update does under its lock is all in the main one.
  return runChild(['strace', '-qq', '-o', trace, ...options, process.execPath, worker(), 'add', folder, '1']);
}
