import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext } from 'vitest';
import { exchange } from '../real/support/clients.ts';
import { runProgram } from '../real/support/run-program.ts';
import { eventually, onlyPid } from '../real/support/sandbox-processes.ts';
import { directly, errorOf, openStage, runtimeFiles, type Stage } from '../real/support/stage.ts';
import { type OpenView, openView, testInView, type View } from '../real/support/views.ts';
import { useWorker } from '../state/support/bundle.ts';
import type { Ended } from '../support/hotpass.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { isRunning } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';

/** How else one folder may be looked at. What is not hidden is shared: the project, and the user's own folders. */
const VIEWS: Readonly<Record<string, (stage: Stage) => OpenView>> = {
  'a container that shares the folders of the user': () => ({ namespaces: ['pid', 'mount'] }),
  'a container with folders of its own': (stage) => ({
    namespaces: ['pid', 'mount'],
    setup: hide(stage, 'XDG_RUNTIME_DIR', 'XDG_STATE_HOME', 'TMPDIR'),
  }),
  'a container with a name of its own': () => ({
    namespaces: ['pid', 'mount', 'uts'],
    setup: 'hostname box',
  }),
  'a container of an ordinary user': () => ({ namespaces: ['user', 'pid', 'mount'] }),
  'a container with a network of its own': () => ({
    namespaces: ['pid', 'mount', 'net'],
    setup: 'ip link set lo up',
  }),
};

const hide = (stage: Stage, ...folders: readonly string[]) =>
  folders.map((name) => `mount -t tmpfs none ${stage.env[name]}`).join('\n');

describeReal('one folder seen from two sides', ['unshare', 'nsenter', 'ip'], () => {
  const testInViews = testInView('user', 'pid', 'mount', 'net', 'uts');
  const worker = useWorker();
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const openOne = async (t: TestContext, open?: (stage: Stage) => OpenView) => {
    const stage = await openStage(t);
    const port = await freePort();
    // Whether the service behind it answers is nothing to this suite: a network of its own does not have it.
    const up = [...directly(`echo=${port}:127.0.0.1:${echo.port}`), '--require', 'transport'];
    const view = open === undefined ? undefined : await openView(open(stage), t);
    return { stage, port, up, view };
  };
  /** What must not change, whoever looks. */
  const snapshot = async (stage: Stage) => ({
    record: await readFile(join(stage.state, 'net.json'), 'utf8'),
    runtime: [...(await runtimeFiles(stage))].sort(),
    // A lock or a draft that was left would be seen here.
    state: (await readdir(stage.state)).sort(),
  });

  testInViews.concurrent.for(Object.entries(VIEWS))(
    'a session is elsewhere for %s, and nothing there harms it',
    async ([, open], t) => {
      const { stage, port, up, view } = await openOne(t, open);
      expect(await stage.net(up)).toMatchObject({ code: 0 });
      const supervisor = await onlyPid(stage, 'supervisor');
      const before = await snapshot(stage);

      const status = await seenFrom(view, stage);
      expect(status).toMatchObject({ code: 1, sessions: [{ state: 'elsewhere', pid: supervisor }] });
      expect(status.sessions[0].reason).toContain(
        `belongs to ${hostname()}, PID namespace ${await namespaceOf('self')}, pid ${supervisor} there`,
      );
      await expectRefused(view, stage, [['down', '--all'], ['down', '--pid', `${supervisor}`], up]);
      expect(await snapshot(stage)).toEqual(before);
      expect(await isRunning(supervisor)).toBe(true);
      expect(await stage.status()).toMatchObject({ code: 0, sessions: [{ state: 'ready' }] });
      expect(await exchange(port, 'still there')).toMatchObject({ outcome: 'ended' });
    },
  );

  testInViews.concurrent.for(Object.entries(VIEWS))(
    'a session of %s is elsewhere from outside, and nothing here harms it',
    async ([, open], t) => {
      const { stage, up, view } = await openOne(t, open);
      expect((await view?.hotpass(stage, ['net', ...up]))?.code).not.toBe(2);
      const [session] = await stage.records();
      const supervisor = await onlyPid(stage, 'supervisor');
      const before = await snapshot(stage);

      const status = await seenFrom(undefined, stage);
      expect(status).toMatchObject({ code: 1, sessions: [{ state: 'elsewhere' }] });
      expect(status.sessions[0].reason).toContain(
        `PID namespace ${await namespaceOf(supervisor)}, pid ${session?.owner.pid} there`,
      );
      await expectRefused(undefined, stage, [['down', 'staging'], up]);
      expect(await snapshot(stage)).toEqual(before);
      expect(await isRunning(supervisor)).toBe(true);
      expect(await view?.hotpass(stage, ['net', 'down'])).toMatchObject({
        code: 0,
        stdout: 'staging is down\n',
      });
      expect(await stage.records()).toEqual([]);
    },
  );

  testInViews.concurrent(
    'a session that lost its record is elsewhere too, and its label taken',
    async (t) => {
      const { stage, up, view } = await openOne(t, VIEWS['a container that shares the folders of the user']);
      expect(await stage.net(up)).toMatchObject({ code: 0 });
      const record = join(stage.state, 'net.json');
      const before = await readFile(record);
      await rm(record);
      expect(await seenFrom(view, stage)).toMatchObject({ code: 1, sessions: [{ state: 'elsewhere' }] });
      await expectRefused(view, stage, [['down'], ['down', '--all'], up]);
      await writeFile(record, before);
      expect(await stage.status()).toMatchObject({ code: 0, sessions: [{ state: 'ready' }] });
    },
  );

  testInViews.concurrent(
    'a session is elsewhere where its project is mounted under another name',
    async (t) => {
      const stage = await openStage(t);
      const workspace = join(stage.root, 'workspace');
      await mkdir(workspace);
      const setup = `mount --bind ${stage.project} ${workspace}`;
      const view = await openView({ namespaces: ['pid', 'mount'], setup }, t);
      const up = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
      expect(await stage.net(up)).toMatchObject({ code: 0 });
      const before = await snapshot(stage);

      const inside = { ...stage, project: workspace };
      expect(await seenFrom(view, inside)).toMatchObject({ code: 1, sessions: [{ state: 'elsewhere' }] });
      await expectRefused(view, inside, [['down', '--all'], up]);
      // Another label is a session of that side, with records in the same file.
      expect(await view.hotpass(inside, ['net', ...up, '--label', 'inside'])).toMatchObject({ code: 0 });
      expect(await seenFrom(undefined, stage)).toMatchObject({
        sessions: [{ state: 'ready' }, { label: 'inside', state: 'elsewhere' }],
      });
      expect(await view.hotpass(inside, ['net', 'down', 'inside'])).toMatchObject({ code: 0 });
      expect(await snapshot(stage)).toEqual(before);
    },
  );

  testInViews.concurrent(
    'a lock that is held over there is waited for, by a program that then goes on',
    async (t) => {
      const { stage, up, view } = await openOne(t, VIEWS['a container with folders of its own']);
      await mkdir(stage.state, { mode: 0o700 });
      const lock = join(stage.state, 'net.json.lock');
      const [file = '', ...args] = [...(view?.enter ?? []), '/', process.execPath, worker(), 'hold', lock];
      const holder = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(holder.stdout, 'data');

      const opened = stage.net(up);
      // Whoever waits has put a sign of life of its own beside the lock.
      const signs = async () => (await readdir(stage.state)).filter((name) => name.endsWith('.life'));
      await eventually('somebody who waits', async () => (await signs()).length === 2);
      expect(await stage.records()).toEqual([]);
      await view?.end();
      expect(await opened).toMatchObject({ code: 0 });
      expect((await readdir(stage.state)).sort()).toEqual(['.gitignore', 'logs', 'net.json']);
    },
  );

  testInViews.concurrent('a session is elsewhere also where its pid is that of a stranger', async (t) => {
    const { stage, up, view } = await openOne(t, VIEWS['a container that shares the folders of the user']);
    expect(await view?.hotpass(stage, ['net', ...up])).toMatchObject({ code: 0 });
    const pid = (await stage.records())[0]?.owner.pid ?? 0;
    // Numbers are given in turn: the stranger starts when it is that one's.
    const count = `pid=0; while [ $pid -lt ${pid} ]; do sleep 300 & pid=$!; [ $pid -eq ${pid} ] || kill $pid; done`;
    const twin = await openView({ namespaces: ['pid', 'mount'], setup: count }, t);
    const nameOf = (place: View | undefined) =>
      runProgram([...(place?.enter ?? []), '/'], ['cat', `/proc/${pid}/comm`], stage);
    expect(await nameOf(twin)).toMatchObject({ stdout: 'sleep\n' });
    expect(await nameOf(view)).toMatchObject({ stdout: 'node\n' });

    expect(await seenFrom(twin, stage)).toMatchObject({ sessions: [{ state: 'elsewhere', pid }] });
    await expectRefused(twin, stage, [['down'], ['down', '--all'], ['down', '--pid', `${pid}`], up]);
    expect(await nameOf(twin)).toMatchObject({ stdout: 'sleep\n' });
    expect(await view?.hotpass(stage, ['net', 'status'])).toMatchObject({ code: 0 });
    expect(await view?.hotpass(stage, ['net', 'down'])).toMatchObject({ code: 0 });
  });
});

async function run(view: View | undefined, stage: Stage, args: readonly string[]): Promise<Ended> {
  return view === undefined ? stage.net(args) : view.hotpass(stage, ['net', ...args]);
}

async function seenFrom(view: View | undefined, stage: Stage) {
  const { code, stdout } = await run(view, stage, ['status', '--json']);
  return { code, sessions: JSON.parse(stdout).sessions };
}

async function expectRefused(
  view: View | undefined,
  stage: Stage,
  commands: readonly (readonly string[])[],
): Promise<void> {
  for (const command of commands) {
    const ended = await run(view, stage, [...command, '--json']);
    expect({ command, code: ended.code, error: errorOf(ended) }).toMatchObject({
      command,
      code: 1,
      error: { code: 'session-elsewhere' },
    });
  }
}

/** The number of a process' PID namespace. */
async function namespaceOf(pid: number | 'self'): Promise<string> {
  return (await readlink(`/proc/${pid}/ns/pid`)).replace(/\D/g, '');
}
