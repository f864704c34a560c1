import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { useWorker } from './support/bundle.ts';
import { runChild } from './support/child.ts';
import { tempFolder } from './support/folder.ts';
import { testWith } from './support/needs.ts';

const worker = useWorker();
// A mount of our own, seen by nobody else and gone with the process.
const unshare = ['unshare', ...(process.getuid?.() === 0 ? ['-m'] : ['-rm'])] as const;
const testWithMount = testWith('a private mount (unshare -m)', [
  ...unshare,
  'mount',
  '-t',
  'tmpfs',
  'none',
  '/mnt',
]);

testWithMount('a full disk leaves the old file, no draft and no lock', async () => {
  const { stdout } = await runInMount(`
    "$NODE" "$WORKER" add "$STATE" 1; cp "$STATE/net.json" "$OUT/before"
    # Leaves 12 kB: room for a lock and the beginning of the new file, so that the first write is a short one.
    dd if=/dev/zero of="$MOUNT/filler" bs=4k count=1000 2>/dev/null; truncate -s -12k "$MOUNT/filler"
    dd if=/dev/zero of="$MOUNT/probe" bs=20k count=1 2>/dev/null && echo not full; rm "$MOUNT/probe"
    "$NODE" "$WORKER" add-large "$STATE" 20000
    cmp "$STATE/net.json" "$OUT/before" && echo unchanged; ls -A "$STATE"`);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^state-unwritable .*\/net\.json cannot be written: ENOSPC: no space left on device/,
    ),
    'unchanged',
    '.gitignore',
    'net.json',
    '',
  ]);
});

testWithMount('a read-only disk can be read and says so when it is to be written', async () => {
  const { stdout } = await runInMount(`
    "$NODE" "$WORKER" add "$STATE" 1; mount -o remount,ro "$MOUNT"
    touch "$STATE/probe" 2>/dev/null && echo not read-only
    "$NODE" "$WORKER" add-large "$STATE" 10; ls -A "$STATE"`);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^state-unwritable .*net\.json\.lock cannot be written: EROFS: read-only file system/,
    ),
    '.gitignore',
    'net.json',
    '',
  ]);
});

async function runInMount(script: string): ReturnType<typeof runChild> {
  const folder = await tempFolder();
  const mount = join(folder, 'mount');
  await mkdir(mount);
  const whole = `mount -t tmpfs -o size=128k none "$MOUNT" || exit 9; ${script}`;
  return runChild([...unshare, 'sh', '-c', whole], {
    ...process.env,
    NODE: process.execPath,
    WORKER: worker(),
    MOUNT: mount,
    STATE: join(mount, '.hotpass'),
    OUT: folder,
  });
}
