import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SessionStatus } from '../../../../src/ops/net/status.ts';
import { type WaitFor, waitForSession } from '../../../../src/ops/net/watch/wait.ts';
import { type ControlServer, serveControl } from '../../../../src/ops/supervisor/control.ts';
import { addSession, netStore, removeSession } from '../../../../src/state/net.ts';
import { readOwner } from '../../../../src/state/owner.ts';
import { session } from '../../../state/support/session.ts';
import { stateSystem } from '../../../state/support/system.ts';
import { testSystem } from '../../../support/system.ts';
import { sessionStatus } from '../statuses.ts';

const WAIT: WaitFor = { label: 'staging', aim: 'ready', require: 'service', timeoutMs: 60_000 };
const { id } = session();

let root: string;
let project: string;
let control: ControlServer | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hp-'));
  project = join(root, '.hotpass');
});
afterEach(async () => {
  await control?.close();
  control = undefined;
  await rm(root, { recursive: true, force: true });
});

/** Waits on a clock that only sleeping moves; what happens between two looks is the test's. */
function startWait(wait: Partial<WaitFor>, meanwhile: (look: number) => unknown, signal?: AbortSignal) {
  let clock = 0;
  const pauses: number[] = [];
  const sys = testSystem({
    uid: process.getuid?.() ?? -1,
    platform: process.platform,
    home: root,
    env: { XDG_RUNTIME_DIR: root, TERM: 'xterm' },
    monotonic: () => clock,
    ...(signal === undefined ? {} : { signal }),
    async sleep(ms) {
      clock += ms;
      pauses.push(ms);
      await meanwhile(pauses.length);
    },
  });
  const ended = waitForSession(sys, project, { ...WAIT, ...wait });
  return { ended, pauses, stderr: sys.stderr };
}

/** Puts a session on record that says one thing after the other, the last for good; this process owns it. */
async function play(...words: readonly Partial<SessionStatus>[]): Promise<void> {
  const folder = join(root, 'hotpass');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const socket = join(folder, `${id}.sock`);
  const left = [...words];
  const say = () => sessionStatus({ id, ...(left.length > 1 ? left.shift() : left[0]) });
  control = await serveControl(socket, async () => say());
  const owner = await readOwner({ ...testSystem({ platform: process.platform }), pid: process.pid });
  if (owner === undefined) throw new Error('this process has no owner');
  await netStore.update(stateSystem(), project, (net) => addSession(net, session({ socket, owner })));
}

async function vanish(): Promise<void> {
  await control?.close();
  control = undefined;
  await netStore.update(stateSystem(), project, (net) => removeSession(net, id));
}

const login = { state: 'needs-login', reason: 'the key is gone', next: 'hotpass net up staging' } as const;

it('goes on while a login is needed, and says so once', async () => {
  await play({ state: 'reconnecting' }, login, login, login, {});
  const { ended, stderr, pauses } = startWait({}, () => undefined);
  expect(await ended).toMatchObject({ state: 'ready' });
  expect(
    stderr().match(/warning: staging needs a login: the key is gone; hotpass net up staging/g),
  ).toHaveLength(1);
  expect(pauses).toEqual([250, 250, 250, 250]);
});

it('asks four times a second at most, and not once more when the time is over', async () => {
  await play({ state: 'reconnecting', reason: 'no way', next: 'hotpass net logs staging' });
  const { ended, pauses } = startWait({ timeoutMs: 900 }, () => undefined);
  await expect(ended).rejects.toMatchObject({
    code: 'not-ready',
    message: 'staging is not ready after 0.9 s: reconnecting: no way',
    hint: 'hotpass net logs staging',
  });
  expect(pauses).toEqual([250, 250, 250, 150]);
});

it('counts the time that was over before, and names the whole of it', async () => {
  await play({ state: 'reconnecting', reason: 'no way' });
  const { ended, pauses } = startWait({ timeoutMs: 900, spentMs: 400.125 }, () => undefined);
  await expect(ended).rejects.toMatchObject({
    message: 'staging is not ready after 0.9 s: reconnecting: no way',
  });
  expect(pauses).toEqual([250, 249.875]);
});

it('ends at once with the reason of a session that has failed', async () => {
  await play({ state: 'starting' }, { state: 'failed', reason: 'no bastion', code: 'ssh-unreachable' });
  const { ended, pauses } = startWait({}, () => undefined);
  await expect(ended).rejects.toMatchObject({
    code: 'ssh-unreachable',
    message: expect.stringContaining('no bastion'),
  });
  expect(pauses).toHaveLength(1);
});

it('ends soon when a session that it saw is gone, and not when it is back in a moment', async () => {
  await play({ state: 'starting' });
  const back = startWait({}, async (look) => {
    if (look === 2) await vanish();
    if (look === 4) await play({});
  });
  expect(await back.ended).toMatchObject({ state: 'ready' });
  await vanish();
  await play({ state: 'starting' });
  const gone = startWait({}, (look) => look === 2 && vanish());
  await expect(gone.ended).rejects.toMatchObject({
    code: 'not-ready',
    message: 'staging ended before it was ready',
  });
  expect(gone.pauses.length).toBeLessThan(12);
});

it('is told whether a session is down, and what it does while it is not', async () => {
  await play({ state: 'ready' });
  const late = startWait({ aim: 'down', timeoutMs: 500 }, () => undefined);
  await expect(late.ended).rejects.toMatchObject({
    message: 'staging is not down after 0.5 s: ready',
    hint: 'hotpass net down staging',
  });
  const { ended } = startWait({ aim: 'down' }, (look) => look === 2 && vanish());
  expect(await ended).toEqual({ label: 'staging', state: 'stopped' });
});

it('ends when it is interrupted', async () => {
  const controller = new AbortController();
  const { ended } = startWait({}, () => controller.abort(), controller.signal);
  await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
});
