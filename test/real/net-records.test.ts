import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Session } from '../../src/state/net.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { endProcess, isRunning, signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { exchange } from './support/clients.ts';
import { onlyPid, processesOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage, runtimeFiles, type Stage } from './support/stage.ts';

describe('a record in net.json', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const openOne = async (t: TestContext) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = directly(`echo=${port}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    return { stage, port, args };
  };

  /** Opens a session, kills its process, and changes what its record says. */
  const openDead = async (t: TestContext, change: (session: Session) => Session) => {
    const opened = await openOne(t);
    const supervisor = await onlyPid(opened.stage, 'supervisor');
    signalIfAlive(supervisor, 'SIGKILL');
    await waitUntilGone(supervisor);
    await writeRecords(opened.stage, (await opened.stage.records()).map(change));
    return opened;
  };

  it.concurrent.for(['down', 'up'])(
    'whose pid is a stranger by now has nobody signalled by %s',
    async (verb, t) => {
      const stranger = await startStranger(t);
      const { stage, args } = await openDead(t, (session) => withOwner(session, { pid: stranger }));
      const [told] = (await stage.status()).sessions;
      expect(told).toMatchObject({ state: 'failed', reason: `background process ${stranger} is gone` });
      const ended = await stage.net(verb === 'up' ? args : ['down', '--pid', `${stranger}`]);
      expect(ended).toMatchObject({ code: 0 });
      expect(await isRunning(stranger)).toBe(true);
      expect((await stage.records()).map(({ owner }) => owner.pid)).not.toContain(stranger);
    },
  );

  it.concurrent.for([['in the background', {}] as const, ['in foreground', { foreground: true }] as const])(
    'of a session %s that names another process of the user has it left alone',
    async ([, more], t) => {
      const stranger = await startStranger(t);
      const started = await startOf(stranger);
      const { stage } = await openDead(t, (session) => ({
        ...withOwner(session, { pid: stranger, started }),
        ...more,
      }));
      const down = await stage.net(['down']);
      expect(down).toMatchObject({ code: 0 });
      expect(down.stderr).toContain(
        `process ${stranger} does not bear the mark of staging and was not signalled`,
      );
      expect(await isRunning(stranger)).toBe(true);
      expect(await stage.records()).toEqual([]);
    },
  );

  it.concurrent.for(['down', 'up'])('from before a reboot is dead, and cleared by %s', async (verb, t) => {
    const stranger = await startStranger(t);
    const started = await startOf(stranger);
    const { stage, args } = await openDead(t, (session) =>
      // Even where pid and start agree by chance, another boot makes it another process.
      withOwner(session, { pid: stranger, started, boot: '00000000-0000-4000-8000-000000000000' }),
    );
    expect((await stage.status()).sessions).toMatchObject([{ state: 'failed' }]);
    expect(await stage.net(verb === 'up' ? args : ['down'])).toMatchObject({ code: 0 });
    expect(await isRunning(stranger)).toBe(true);
    expect(await stage.records()).toHaveLength(verb === 'up' ? 1 : 0);
  });

  it.concurrent.for([
    ['another machine', { host: 'laptop/0011223344556677' }] as const,
    ['another container', { namespace: 'pid:[1]' }] as const,
  ])('of %s is elsewhere: shown, and left alone by down and up', async ([, other], t) => {
    const stranger = await startStranger(t);
    const started = await startOf(stranger);
    const { stage, args } = await openDead(t, (session) => ({
      ...withOwner(session, { pid: stranger, started, ...other }),
      socket: '/run/user/4711/hotpass/0123456789abcdef.sock',
    }));
    const before = await readFile(join(stage.state, 'net.json'));

    const { code, sessions } = await stage.status();
    expect(code).toBe(1);
    expect(sessions).toMatchObject([{ state: 'elsewhere', next: 'ask there: hotpass net status' }]);
    for (const verb of [['down'], ['down', '--all'], args]) {
      const ended = await stage.net([...verb, '--json']);
      expect(errorOf(ended)).toMatchObject({ code: 'session-elsewhere', exitCode: 1 });
      expect(ended.code).toBe(1);
    }
    expect(await readFile(join(stage.state, 'net.json'))).toEqual(before);
    expect(await isRunning(stranger)).toBe(true);
    await rm(join(stage.state, 'net.json'));
    await rm(stage.runtime, { recursive: true });
  });

  it.concurrent('that is damaged is told and not touched; what runs goes on, and down --all ends it', async (t) => {
    const { stage, port, args } = await openOne(t);
    const [session] = await stage.records();
    const file = join(stage.state, 'net.json');
    const damaged = '{"version":1,"sessions":[{"id":"no';
    await writeFile(file, damaged);

    for (const verb of [['status'], args, ['down'], ['down', 'staging']]) {
      const ended = await stage.net([...verb, '--json']);
      expect(ended).toMatchObject({ code: 2, stderr: '' });
      expect(errorOf(ended)).toMatchObject({ code: 'state-invalid', details: { file } });
    }
    expect(await exchange(port, 'goes on')).toMatchObject({ outcome: 'ended' });

    const down = await stage.net(['down', '--all']);
    expect(down).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    expect(down.stderr).toContain('it is not JSON; ending what runs all the same');
    expect(await isRunning(session?.owner.pid ?? 0)).toBe(false);
    expect(await processesOf(stage)).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(damaged);

    await rm(file);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
  });

  it.concurrent('that a later version wrote is told, and nothing is started', async (t) => {
    const stage = await openStage(t);
    const args = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
    await mkdir(stage.state, { mode: 0o700 });
    const file = join(stage.state, 'net.json');
    await writeFile(file, '{"version":7,"sessions":[]}');
    const up = await stage.net([...args, '--json']);
    expect(errorOf(up)).toMatchObject({ code: 'state-invalid', exitCode: 2 });
    expect(errorOf(up).message).toContain('version 7 is not one that this hotpass knows');
    expect(await processesOf(stage)).toEqual([]);
    await rm(file);
  });
});

function withOwner(session: Session, owner: Partial<Session['owner']>): Session {
  return { ...session, owner: { ...session.owner, ...owner } };
}

async function writeRecords(stage: Stage, sessions: readonly Session[]): Promise<void> {
  await writeFile(join(stage.state, 'net.json'), JSON.stringify({ version: 1, sessions }));
}

/** A process that has nothing to do with hotpass. */
async function startStranger(t: TestContext): Promise<number> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.onTestFinished(() => endProcess(child));
  await new Promise((resolve) => child.once('spawn', resolve));
  return child.pid ?? 0;
}

/** Field 22 of /proc/PID/stat: the start in clock ticks. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
