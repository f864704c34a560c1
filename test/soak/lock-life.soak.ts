import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, type TestContext } from 'vitest';
import { withLock } from '../../src/state/lock.ts';
import { judgeLife, showLife } from '../../src/state/lock-life.ts';
import { type Namespace, openView, testInView, type View } from '../real/support/views.ts';
import { useWorker } from '../state/support/bundle.ts';
import { runChild, startChild } from '../state/support/child.ts';
import { tempFolder } from '../state/support/folder.ts';
import { stateSystem } from '../state/support/system.ts';

const sys = stateSystem();
const TOKEN = 'ab'.repeat(16);
const VIEWS: readonly (readonly [name: string, kinds: readonly Namespace[]])[] = [
  ['a container', ['pid', 'mount']],
  ['one with a network and a name of its own', ['pid', 'mount', 'net', 'uts']],
  ['one of an ordinary user', ['user', 'pid', 'mount']],
];
const testInViews = testInView('user', 'pid', 'mount', 'net', 'uts');

describe('a lock that is held in another PID namespace', () => {
  const worker = useWorker();
  const openLock = async (t: TestContext, namespaces: readonly Namespace[]) => {
    // As deep as state folders may be: sockets are named by 107 bytes.
    const folder = join(await tempFolder(), 'deep'.repeat(40));
    await mkdir(folder);
    const lock = join(folder, 'x.lock');
    return { lock, view: await openView({ namespaces }, t) };
  };
  const argvIn = (view: View | undefined, ...args: string[]) => [
    ...(view === undefined ? [] : [...view.enter, '/']),
    ...[process.execPath, worker(), ...args],
  ];
  const hold = async (t: TestContext, lock: string, view?: View) => {
    const holder = await startChild(argvIn(view, 'hold', lock));
    t.onTestFinished(async () => {
      // What nsenter started does not end with it.
      await view?.end();
      await holder.kill();
    });
    return holder;
  };
  const expectKept = async (attempt: Promise<unknown>, lock: string) => {
    const before = await readFile(lock, 'utf8');
    await expect(attempt).rejects.toMatchObject({
      code: 'state-locked',
      message: expect.stringMatching(/is held by process \d+ on .+, PID namespace \d+ /),
      hint: 'wait until it is done over there',
    });
    expect(await readFile(lock, 'utf8')).toBe(before);
  };

  testInViews.for(VIEWS)('is waited for while its holder lives, also stopped: %s', async ([, kinds], t) => {
    const { lock, view } = await openLock(t, kinds);
    await hold(t, lock, view);
    await expectKept(
      withLock(sys, lock, async () => 'stolen', { waitMs: 600 }),
      lock,
    );
    const { owner } = JSON.parse(await readFile(lock, 'utf8'));
    await runChild([...view.enter, '/', 'kill', '-STOP', String(owner.pid)]);
    await expectKept(
      withLock(sys, lock, async () => 'stolen', { waitMs: 600 }),
      lock,
    );
    await runChild([...view.enter, '/', 'kill', '-CONT', String(owner.pid)]);
  });

  testInViews.for(VIEWS)('is taken over when it was killed with its holder: %s', async ([, kinds], t) => {
    const { lock, view } = await openLock(t, kinds);
    await hold(t, lock, view);
    const waiting = withLock(sys, lock, async () => 'mine', { waitMs: 5_000 });
    await view.end();
    expect(await waiting).toBe('mine');
    expect(await readdir(join(lock, '..'))).toEqual([]);
  });

  testInViews.for(VIEWS)(
    'is not taken from inside either, before its holder died: %s',
    async ([, kinds], t) => {
      const { lock, view } = await openLock(t, kinds);
      const holder = await hold(t, lock);
      const attempt = () => runChild(argvIn(view, 'try', lock, '600'));
      expect((await attempt()).stdout).toContain(`state-locked ${lock} is held by process ${holder.pid} on `);
      await holder.kill();
      expect(await attempt()).toMatchObject({ stdout: 'got it\n', stderr: '' });
      expect(await readdir(join(lock, '..'))).toEqual([]);
    },
  );
});

describe('a sign of life', () => {
  const onLinux = testInView('pid');

  onLinux('is gone for good only when this very one is', async () => {
    const lock = join(await tempFolder(), 'x.lock');
    const life = await showLife(sys, lock, TOKEN);
    const mark = life?.mark ?? '';
    expect(await judgeLife(lock, TOKEN, mark)).toBe('alive');
    await rename(`${lock}.${TOKEN}.life`, `${lock}.away`);
    // Swept away by a cleaner, or let go a moment ago.
    expect(await judgeLife(lock, TOKEN, mark)).toBe('unknown');
    life?.end();
    await rename(`${lock}.away`, `${lock}.${TOKEN}.life`);
    // The same disk mounted twice shows another one.
    expect(await judgeLife(lock, TOKEN, '1:1')).toBe('unknown');
    expect(await judgeLife(lock, TOKEN, mark)).toBe('dead');
  });

  onLinux('is not shown where the folder is not there, or the system has no namespaces', async () => {
    const folder = await tempFolder();
    expect(await showLife(sys, join(folder, 'gone', 'x.lock'), TOKEN)).toBeUndefined();
    expect(await showLife({ platform: 'darwin' }, join(folder, 'x.lock'), TOKEN)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });
});
