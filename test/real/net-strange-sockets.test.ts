import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Session } from '../../src/state/net.ts';
import { readOwner } from '../../src/state/owner.ts';
import { session } from '../state/support/session.ts';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { testSystem } from '../support/system.ts';
import { runProgram } from './support/run-program.ts';
import { onlyPid } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage, type Stage } from './support/stage.ts';

const isRoot = process.getuid?.() === 0;
const STRANGER_UID = 65_534;
/** One above the highest that Linux gives. */
const GONE_PID = 4_194_305;
const ID = '0123456789abcdef';

describe('a control socket that only a record speaks for', () => {
  it.concurrent('is not connected to when it is not in the folder of sockets', async (t) => {
    const stage = await openStage(t);
    const listener = await listen(t, join(stage.home, 'trap', `${ID}.sock`));
    await writeRecords(stage, [await dead(listener.socket)]);
    const { sessions } = await stage.status();
    expect(sessions).toMatchObject([{ state: 'failed', reason: `background process ${GONE_PID} is gone` }]);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging was dead; cleared\n' });
    expect(listener.asked()).toBe(0);
    // Nor is it removed.
    await expect(readFile(listener.socket)).rejects.toMatchObject({ code: 'ENXIO' });
  });

  it.concurrent('is not connected to when others may write into its folder', async (t) => {
    const stage = await openStage(t);
    const listener = await listen(t, join(stage.runtime, `${ID}.sock`));
    await writeRecords(stage, [await dead(listener.socket)]);
    await chmod(stage.runtime, 0o777);
    await stage.status();
    expect(listener.asked()).toBe(0);
    // And is, when they may not: what was tested above is not a typing error.
    await chmod(stage.runtime, 0o700);
    await stage.status();
    expect(listener.asked()).toBeGreaterThan(0);
    await writeRecords(stage, []);
    await listener.close();
  });

  it.runIf(isRoot)('is left alone when it is another user’s, by status and down', async (t) => {
    const stage = await openStage(t);
    const listener = await listen(t, join(stage.runtime, `${ID}.sock`));
    await writeRecords(stage, [await dead(listener.socket)]);
    const { execFileSync } = await import('node:child_process');
    execFileSync('chown', ['-R', `${STRANGER_UID}:${STRANGER_UID}`, stage.root]);
    await chown(stage.runtime, 0, 0);
    const before = ['setpriv', `--reuid=${STRANGER_UID}`, `--regid=${STRANGER_UID}`, '--clear-groups'];
    const net = (verb: string) => runProgram(before, [process.execPath, builtProgram, 'net', verb], stage);
    expect((await runProgram(before, ['ls', stage.runtime], stage)).code).not.toBe(0);
    expect((await net('status')).stdout).toContain(`background process ${GONE_PID} is gone`);
    expect(await net('down')).toMatchObject({ code: 0, stdout: 'staging was dead; cleared\n' });
    expect(listener.asked()).toBe(0);
    await listener.close();
  });
});

describe('net down of several', () => {
  it('tells a script what became of each when one cannot be ended', async (t) => {
    const stage = await openStage(t);
    const echo = await startEcho();
    t.onTestFinished(() => echo.close());
    expect(await stage.net(directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`))).toMatchObject({
      code: 0,
    });
    const supervisor = await onlyPid(stage, 'supervisor');
    const elsewhere = { ...session({ label: 'far' }), id: ID };
    await writeRecords(stage, [elsewhere, ...(await stage.records())]);
    const down = await stage.net(['down', '--all', '--json']);
    expect(down).toMatchObject({ code: 1, stderr: '' });
    expect(errorOf(down)).toMatchObject({
      code: 'session-elsewhere',
      details: {
        ended: [{ label: 'staging', pid: supervisor, outcome: 'stopped' }],
        failed: [{ label: 'far', code: 'session-elsewhere', message: expect.stringContaining('laptop') }],
      },
    });
    await writeRecords(stage, []);
  });
});

describe('a record that came with a repository', () => {
  it('cannot hold names that steer a terminal or add words to a command', async (t) => {
    const stage = await openStage(t);
    for (const over of [{ label: 'a\u001b[2J' }, { target: 'a b' }, { label: '--all' }]) {
      await writeRecords(stage, [session(over)]);
      const status = await stage.net(['status']);
      expect(status).toMatchObject({ code: 2, stderr: expect.stringContaining('[state-invalid]') });
      expect(status.stderr).not.toContain('\u001b');
    }
    await mkdir(join(stage.state, 'logs'));
    await writeFile(
      join(stage.state, 'logs', 'staging.log'),
      '2026-01-01T00:00:00.000Z a\u001b[2J\nb\u009b\n',
    );
    const logs = await stage.net(['logs', 'staging']);
    expect(logs).toMatchObject({ code: 0, stdout: '2026-01-01T00:00:00.000Z a\\x1b[2J\nb\\x9b\n' });
  });
});

/** A session of this machine whose process is surely gone. */
async function dead(socket: string): Promise<Session> {
  const owner = await readOwner({ ...testSystem(), pid: process.pid });
  if (owner === undefined) throw new Error('no identity of this process');
  return session({ id: ID, socket, owner: { ...owner, pid: GONE_PID } });
}

async function writeRecords(stage: Stage, sessions: readonly Session[]): Promise<void> {
  await mkdir(stage.state, { recursive: true, mode: 0o700 });
  await writeFile(join(stage.state, 'net.json'), JSON.stringify({ version: 1, sessions }));
}

/** Listens on a unix socket, hangs up on whoever comes, and counts them. */
async function listen(t: TestContext, socket: string) {
  await mkdir(dirname(socket), { recursive: true, mode: 0o700 });
  let asked = 0;
  const server = createServer((client) => {
    asked += 1;
    client.on('error', () => undefined);
    client.destroy();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  t.onTestFinished(close);
  return { socket, asked: () => asked, close };
}
