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

const CALLS = [
  'openat',
  'write',
  'pwrite64',
  'fsync',
  'fdatasync',
  'chmod',
  'chown',
  'link',
  'rename',
  'unlink',
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
      const left = (await readdir(folder)).filter((name) => !/^net\.json\.lock\.[0-9a-f]{32}$/.test(name));
      expect(left.sort()).toEqual(['.gitignore', 'net.json']);
    }
    expect([...seen].sort()).toEqual([1, 2]);
  },
);

/** Runs one update and lists its calls that reach into the state folder, by name and place among those of its thread. */
async function findCalls(): Promise<readonly (readonly [call: string, nth: number])[]> {
  const folder = await seededFolder();
  const trace = join(await tempFolder(), 'trace');
  await runStraced(trace, ['-y', '-e', `trace=${CALLS.join(',')}`], folder);
  const count = new Map<string, number>();
  const found = new Map<string, readonly [string, number]>();
  for (const line of (await readFile(trace, 'utf8')).split('\n')) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    const nth = (count.get(thread + call) ?? 0) + 1;
    count.set(thread + call, nth);
    if (line.includes(folder) && !line.includes('O_RDONLY')) found.set(`${call} ${nth}`, [call, nth]);
  }
  expect(found.size).toBeGreaterThan(8);
  return [...found.values()];
}

async function seededFolder(): Promise<string> {
  const folder = join(await tempFolder(), '.hotpass');
  await mkdir(folder, { mode: 0o700 });
  const first = session({ id: '0'.repeat(16), label: 'label-0' });
  await netStore.update(stateSystem(), folder, (state) => addSession(state, first));
  return folder;
}

function runStraced(trace: string, options: readonly string[], folder: string): ReturnType<typeof runChild> {
  const update = [process.execPath, worker(), 'add', folder, '1'];
  // One pool thread: strace counts calls a thread, and Node would spread them over four.
  return runChild(['strace', '-f', '-qq', '-o', trace, ...options, ...update], {
    ...process.env,
    UV_THREADPOOL_SIZE: '1',
    UV_USE_IO_URING: '0',
  });
}
