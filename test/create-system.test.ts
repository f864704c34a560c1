import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createSystem, type ProcessLike } from '../src/create-system.ts';
import { HotpassError } from '../src/errors.ts';

/** A process of which only streams, signals and the environment are looked at. */
function fakeProcess(parts: { env?: NodeJS.ProcessEnv; cwd?: () => string } = {}) {
  const events = new EventEmitter();
  const stdout = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns: 72 });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const exits: unknown[] = [];
  const killed: unknown[] = [];
  const proc: ProcessLike = Object.create(process, {
    env: { value: parts.env ?? {} },
    cwd: { value: parts.cwd ?? (() => '/somewhere') },
    stdout: { value: stdout },
    stderr: { value: stderr },
    exitCode: { value: undefined, writable: true },
    exit: { value: (code: unknown) => exits.push(code) },
    on: { value: (name: string, listener: () => void) => events.on(name, listener) },
    kill: {
      value: (pid: number, signal: string) => {
        if (pid === 404) throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
        if (pid === 1) throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
        killed.push([pid, signal]);
        return true;
      },
    },
  });
  return { proc, events, stdout, stderr, exits, killed };
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s aborts the signal, and waits for the verb to end', (name) => {
  const { proc, events, exits } = fakeProcess();
  const { signal } = createSystem(proc);
  expect(signal.aborted).toBe(false);
  events.emit(name);
  expect(signal.reason).toEqual(new HotpassError('interrupted', `interrupted by ${name}`));
  expect(exits).toEqual([]);
});

it('ends at once with 1 on a second Ctrl-C, and not on a second SIGTERM', () => {
  const { proc, events, exits } = fakeProcess();
  createSystem(proc);
  events.emit('SIGINT');
  events.emit('SIGTERM');
  expect(exits).toEqual([]);
  events.emit('SIGINT');
  expect(exits).toEqual([1]);
});

it('ends with another code on a second Ctrl-C where 1 could be that of a command', () => {
  const { proc, events, exits } = fakeProcess();
  createSystem(proc).setHurriedExit(125);
  events.emit('SIGINT');
  events.emit('SIGINT');
  expect(exits).toEqual([125]);
});

it('takes a reader that went away for the end, and for no failure', () => {
  const { proc, stdout, stderr } = fakeProcess();
  const { signal, out } = createSystem(proc);
  stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect({ code: proc.exitCode, aborted: signal.aborted, said: stderr.read() }).toEqual({
    code: undefined,
    aborted: true,
    said: null,
  });
  out.result('late', String);
  expect(stdout.read()).toBeNull();
});

it('says that a full disk took the answer, with 1', () => {
  const { proc, stdout, stderr } = fakeProcess();
  createSystem(proc);
  stdout.emit('error', Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
  expect(proc.exitCode).toBe(1);
  expect(stderr.read()).toContain('no space left on device  [output-failed]');
});

it.each([
  [{ LANG: 'en_US.UTF-8' }, true],
  [{ LANG: 'en_US.utf8' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
  [{ LC_CTYPE: 'C.UTF-8' }, true],
  [{}, false],
])('with %o it may print more than ASCII: %s', (env, unicode) => {
  expect(createSystem(fakeProcess({ env }).proc).terminal).toMatchObject({ unicode, columns: 72 });
});

it('takes HOME for the home, and never an empty one', () => {
  expect(createSystem(fakeProcess({ env: { HOME: '/h' } }).proc).home).toBe('/h');
  expect(createSystem(fakeProcess({ env: { HOME: '' } }).proc).home).not.toBe('');
});

it('tells a deleted folder only to who asks where it is', () => {
  const sys = createSystem(
    fakeProcess({
      cwd: () => {
        throw new Error('ENOENT: uv_cwd');
      },
    }).proc,
  );
  expect(() => sys.cwd).toThrow(expect.objectContaining({ code: 'cwd-missing' }));
});

it('signals a process, and tells one that is gone from one that is not ours', () => {
  const { proc, killed } = fakeProcess();
  const sys = createSystem(proc);
  expect(sys.signalProcess(7, 'SIGTERM')).toBe(true);
  expect(sys.signalProcess(404, 'SIGTERM')).toBe(false);
  expect(() => sys.signalProcess(1, 'SIGTERM')).toThrow('EPERM');
  expect(killed).toEqual([[7, 'SIGTERM']]);
});

it('sleeps until the time is over or the signal aborts, and keeps no listener', async () => {
  const { proc, events } = fakeProcess();
  const sys = createSystem(proc);
  await sys.sleep(1);
  const long = sys.sleep(3_600_000);
  events.emit('SIGTERM');
  await long;
  await sys.sleep(3_600_000);
  await sys.sleep(3_600_000, AbortSignal.abort());
});
