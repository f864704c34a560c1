import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeferred } from '../../../src/deferred.ts';
import { HotpassError } from '../../../src/errors.ts';
import { createProcesses } from '../../../src/ops/process.ts';
import { askControl, visitControl } from '../../../src/ops/supervisor/ask-control.ts';
import { createAttendance } from '../../../src/ops/supervisor/attendance.ts';
import type { Charge } from '../../../src/ops/supervisor/charge.ts';
import { socketPath, supervise } from '../../../src/ops/supervisor/supervise.ts';
import { createTroubles } from '../../../src/ops/supervisor/troubles.ts';
import { eventually } from '../../real/support/sandbox-processes.ts';
import { testSystem } from '../../support/system.ts';
import { realTime } from '../net/support.ts';

const ID = '0123456789abcdef';
const ASK_MS = 5_000;

describe('supervise', () => {
  let top: string;
  let runtime: string;
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'hp-'));
    runtime = join(top, 'hotpass');
  });
  afterEach(async () => {
    // Whatever became of a session, nothing of it is left.
    expect(await readdir(runtime)).toEqual([]);
    await rm(top, { recursive: true, force: true });
  });

  /** A session whose work is led by the test, and what was done with it. */
  const prepare = (charge: Partial<Charge<string, string>> = {}, start?: () => Promise<void>) => {
    const interrupt = new AbortController();
    const done: string[] = [];
    const ended = createDeferred<HotpassError | undefined>();
    const sys = testSystem({
      ...realTime,
      env: { XDG_RUNTIME_DIR: top },
      uid: process.getuid?.() ?? -1,
      pid: process.pid,
      platform: process.platform,
      processes: createProcesses(process.platform),
      signal: interrupt.signal,
    });
    const run = () =>
      supervise(sys, {
        id: ID,
        nonce: 'fedcba9876543210fedcba9876543210',
        description: { kind: 'test' },
        log: (text) => done.push(`log: ${text}`),
        things: [],
        troubles: createTroubles((text) => done.push(`log: ${text}`)),
        register: async (owner) => void done.push(`register ${owner.pid === process.pid}`),
        unregister: async () => void done.push('unregister'),
        lent: false,
        keep: async () => void done.push('keep'),
        attendance: createAttendance(realTime),
        makeWork: () => ({
          attended: async () => void done.push('attended'),
          start: async () => {
            done.push('start');
            await start?.();
          },
          look: async (maxAgeMs) => `looked ${maxAgeMs}`,
          stop: async (drainMs) => {
            done.push(`stop ${drainMs}`);
            ended.resolve(undefined);
            return 'stopped';
          },
          ended: ended.promise,
        }),
        ...charge,
      });
    return { run, done, ended, interrupt };
  };
  const ask = (request: Parameters<typeof askControl>[1]) =>
    askControl(socketPath(runtime, ID), request, ASK_MS);
  /** Takes a lease and hears what comes before its end. */
  const borrow = async () => {
    const visit = await visitControl(socketPath(runtime, ID), { op: 'lease' });
    await visit?.hear();
    await visit?.hear();
    return visit;
  };

  it('writes the record before the work begins, answers, and takes all away when it is stopped', async () => {
    const { run, done } = prepare();
    const session = await run();
    expect(done).toEqual(['register true', 'start']);
    expect((await stat(runtime)).mode & 0o777).toBe(0o700);
    expect(await ask({ op: 'describe' })).toMatchObject({ kind: 'test', id: ID, pid: process.pid });
    expect(await ask({ op: 'look', maxAgeMs: 7 })).toBe('looked 7');
    expect(await ask({ op: 'stop', drainMs: 9 })).toBe('stopped');
    expect(await session.ended).toBeUndefined();
    expect(done.filter((line) => !line.startsWith('log'))).toEqual(
      expect.arrayContaining(['stop 9', 'unregister']),
    );
    expect(await ask({ op: 'describe' })).toBeUndefined();
  });

  it('has dropped the record before it says that it stopped', async () => {
    const { run, done } = prepare();
    const session = await run();
    await ask({ op: 'stop', drainMs: 0 });
    expect(done).toContain('unregister');
    await session.ended;
  });

  it('throws what the work could not do, with nothing left', async () => {
    const { run, done } = prepare({}, () => Promise.reject(new HotpassError('not-ready', 'no way')));
    await expect(run()).rejects.toMatchObject({ code: 'not-ready' });
    expect(done).toEqual(['register true', 'start', 'unregister']);
  });

  it('begins no work when its label is taken', async () => {
    const register = () => Promise.reject(new HotpassError('label-in-use', 'taken'));
    const { run, done } = prepare({ register });
    await expect(run()).rejects.toMatchObject({ code: 'label-in-use' });
    expect(done).not.toContain('start');
  });

  it('throws the first failure although the record cannot be dropped either', async () => {
    const unregister = () => Promise.reject(new Error('disk full'));
    const { run } = prepare({ unregister }, () => Promise.reject(new HotpassError('not-ready', 'no way')));
    await expect(run()).rejects.toMatchObject({ code: 'not-ready' });
  });

  it('ends with the reason of work that ended by itself, and logs it', async () => {
    const { run, done, ended } = prepare();
    const session = await run();
    ended.resolve(new HotpassError('ssh-failed', 'gone'));
    expect(await session.ended).toMatchObject({ code: 'ssh-failed' });
    expect(done).toContain('log: ended: gone  [ssh-failed]');
    expect(done).toContain('unregister');
  });

  it('stops at once when it is told by a signal', async () => {
    const { run, done, interrupt } = prepare();
    const session = await run();
    interrupt.abort();
    expect(await session.ended).toBeUndefined();
    expect(done).toContain('stop 0');
  });

  it('is gone before who gave back the last lease is told so', async () => {
    const { run, done } = prepare({ lent: true });
    const session = await run();
    const visit = await visitControl(socketPath(runtime, ID), { op: 'lease' });
    expect(await visit?.hear()).toEqual({
      told: { held: true, description: expect.objectContaining({ lent: true }) },
    });
    expect(await visit?.hear()).toEqual({ told: { status: 'looked 2000' } });
    expect(done).not.toContain('stop 0');
    visit?.leave();
    expect(await visit?.hear()).toEqual({ value: { ended: true } });
    expect(done).toEqual(expect.arrayContaining(['stop 0', 'unregister']));
    await session.ended;
  });

  it('ends when the process that holds the only lease is killed', async () => {
    const { run } = prepare({ lent: true });
    const session = await run();
    const holder = connect(socketPath(runtime, ID));
    holder.write('{"op":"lease"}\n');
    await once(holder, 'data');
    holder.destroy();
    expect(await session.ended).toBeUndefined();
  });

  it('stays for its other borrowers, and says so to the first that leaves', async () => {
    const { run, done } = prepare({ lent: true });
    const session = await run();
    const [first, second] = await Promise.all([borrow(), borrow()]);
    first?.leave();
    expect(await first?.hear()).toEqual({ value: { ended: false } });
    expect(done).not.toContain('stop 0');
    second?.leave();
    expect(await second?.hear()).toEqual({ value: { ended: true } });
    await session.ended;
  });

  it('stays when it was kept meanwhile, and notes that once', async () => {
    const { run, done } = prepare({ lent: true });
    const session = await run();
    const visit = await borrow();
    expect(await ask({ op: 'keep' })).toEqual({ kept: true });
    expect(await ask({ op: 'keep' })).toEqual({ kept: true });
    expect(await ask({ op: 'describe' })).toMatchObject({ lent: false });
    visit?.leave();
    expect(await visit?.hear()).toEqual({ value: { ended: false } });
    expect(done.filter((line) => line === 'keep')).toEqual(['keep']);
    await ask({ op: 'stop', drainMs: 0 });
    await session.ended;
  });

  it('tells its borrower when it is ended by somebody else', async () => {
    const { run } = prepare({ lent: true });
    const session = await run();
    const visit = await borrow();
    await ask({ op: 'stop', drainMs: 0 });
    expect(await visit?.hear()).toEqual({ value: { ended: true } });
    visit?.leave();
    await session.ended;
  });

  it('lends nothing while it is ending', async () => {
    const finish = createDeferred<void>();
    const { run } = prepare({ unregister: () => finish.promise });
    const session = await run();
    const stopping = ask({ op: 'stop', drainMs: 0 });
    const held = await eventually('a refusal', async () => {
      const visit = await visitControl(socketPath(runtime, ID), { op: 'lease' });
      const first = await visit?.hear();
      visit?.leave();
      return JSON.stringify(first).includes('"held":false');
    });
    expect(held).toBe(true);
    expect(await ask({ op: 'keep' })).toEqual({ kept: false });
    finish.resolve();
    await stopping;
    await session.ended;
  });

  it('begins nothing when it was interrupted before', async () => {
    const { run, done, interrupt } = prepare();
    interrupt.abort();
    await expect(run()).rejects.toMatchObject({ code: 'interrupted' });
    expect(done.filter((line) => line === 'start' || line.startsWith('register'))).toEqual([]);
  });
});
