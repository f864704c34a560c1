import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeLeftovers } from '../../src/state/leftovers.ts';
import { withLock } from '../../src/state/lock.ts';
import { type Owner, readOwner } from '../../src/state/owner.ts';
import { useWorker } from './support/bundle.ts';
import { runChild, startChild } from './support/child.ts';
import { tempFolder } from './support/folder.ts';
import { stateSystem } from './support/system.ts';

const sys = stateSystem();
const worker = useWorker();
const TOKEN = 'ab'.repeat(16);

test('callers of one process get their turn in order, one at a time', async () => {
  const lock = join(await tempFolder(), 'x.lock');
  const seen: string[] = [];
  const work = async (name: number): Promise<void> => {
    seen.push(`in ${name}`);
    await sys.sleep(5);
    seen.push(`out ${name}`);
  };
  await Promise.all([0, 1, 2, 3].map((name) => withLock(sys, lock, () => work(name))));
  expect(seen).toEqual([0, 1, 2, 3].flatMap((name) => [`in ${name}`, `out ${name}`]));
});

test('work that throws lets the lock go and leaves no file', async () => {
  const folder = await tempFolder();
  const lock = join(folder, 'x.lock');
  await expect(withLock(sys, lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual([]);
  expect(await withLock(sys, lock, async () => 'next')).toBe('next');
});

test('a held lock says who holds it, is refused in time, and is readable only by its user', async () => {
  const folder = await tempFolder();
  const lock = join(folder, 'x.lock');
  const holder = await startChild([process.execPath, worker(), 'hold', lock]);
  onTestFinished(() => holder.kill());
  await expect(withLock(sys, lock, async () => 'stolen', { waitMs: 60 })).rejects.toMatchObject({
    code: 'state-locked',
    message: `${lock} is held by process ${holder.pid}`,
  });
  expect(await filesOf(folder)).toEqual(['x.lock', 'x.lock.*.life']);
  expect((await stat(lock)).mode & 0o777).toBe(0o600);
});

test('a caller that hangs holds up its own process only as long as asked', async () => {
  const lock = join(await tempFolder(), 'x.lock');
  let letGo = (): void => undefined;
  const hang = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const first = withLock(sys, lock, () => hang);
  await expect(withLock(sys, lock, async () => 'second', { waitMs: 30 })).rejects.toMatchObject({
    code: 'state-locked',
  });
  letGo();
  await first;
});

test('the lock of a killed process is taken over at once', async () => {
  const folder = await tempFolder();
  const lock = join(folder, 'x.lock');
  const holder = await startChild([process.execPath, worker(), 'hold', lock]);
  await holder.kill();
  expect(await readdir(folder)).toContain('x.lock');
  expect(await withLock(sys, lock, async () => 'mine', { waitMs: 0 })).toBe('mine');
  expect(await readdir(folder)).toEqual([]);
});

test('twenty contenders for a dead lock enter one at a time', { timeout: 120_000 }, async () => {
  const folder = await tempFolder();
  const lock = join(folder, 'x.lock');
  const trace = join(folder, 'trace');
  const holder = await startChild([process.execPath, worker(), 'hold', lock]);
  await holder.kill();
  const contenders = Array.from({ length: 20 }, () =>
    runChild([process.execPath, worker(), 'enter', lock, trace, '5']),
  );

  expect((await Promise.all(contenders)).filter(({ code }) => code !== 0)).toEqual([]);
  expect((await readFile(trace, 'utf8')).split('\n').filter((line) => line === 'entered')).toHaveLength(100);
  expect(await readdir(folder)).toEqual(['trace']);
});

test('an heir that died half way is itself inherited from', async () => {
  const folder = await tempFolder();
  const lock = join(folder, 'x.lock');
  await writeTicket(lock, { boot: 'earlier' }, TOKEN);
  await writeTicket(`${lock}.${TOKEN}.heir`, { boot: 'earlier' }, 'cd'.repeat(16));
  expect(await withLock(sys, lock, async () => filesOf(folder))).toEqual(['x.lock', 'x.lock.*.life']);
  expect(await readdir(folder)).toEqual([]);
});

test('a living heir keeps the lock of a dead process', async () => {
  const lock = join(await tempFolder(), 'x.lock');
  await writeTicket(lock, { boot: 'earlier' }, TOKEN);
  await writeTicket(`${lock}.${TOKEN}.heir`, {}, 'cd'.repeat(16));
  await expect(withLock(sys, lock, async () => 'stolen', { waitMs: 20 })).rejects.toMatchObject({
    code: 'state-locked',
  });
});

test.each([
  ['machine', { host: 'build-7/0011223344556677', boot: 'other' }, 'build-7'],
  ['container', { namespace: 'pid:[1]' }, 'another machine or container'],
])('the lock of another %s is never stolen', async (_, part, named) => {
  const folder = await tempFolder();
  const lock = join(folder, 'x.lock');
  await writeTicket(lock, part, TOKEN);
  const before = await readFile(lock, 'utf8');
  const attempt = withLock(sys, lock, async () => 'stolen', { waitMs: 600 });
  await expect(attempt).rejects.toMatchObject({
    code: 'state-locked',
    message: expect.stringContaining(named),
  });
  await expect(attempt).rejects.toMatchObject({ hint: expect.stringContaining(`rm ${lock}`) });
  expect(await readFile(lock, 'utf8')).toBe(before);
  expect(await readdir(folder)).toEqual(['x.lock']);
});

test.each(['', '{', '[]', '{"token":"ab","owner":{}}'])(
  'a lock that holds %j is left alone and named',
  async (text) => {
    const lock = join(await tempFolder(), 'x.lock');
    await writeFile(lock, text);
    await expect(withLock(sys, lock, async () => 'stolen', { waitMs: 20 })).rejects.toMatchObject({
      code: 'state-locked',
      hint: expect.stringContaining(`rm ${lock}`),
    });
    expect(await readFile(lock, 'utf8')).toBe(text);
  },
);

test('a lock that another one got after ours was removed by hand is not let go by us', async () => {
  const lock = join(await tempFolder(), 'x.lock');
  await withLock(sys, lock, async () => writeTicket(lock, {}, TOKEN));
  expect(JSON.parse(await readFile(lock, 'utf8')).token).toBe(TOKEN);
});

test('a folder that is not there is an error that names the lock', async () => {
  const lock = join(await tempFolder(), 'gone', 'x.lock');
  await expect(withLock(sys, lock, async () => 1)).rejects.toMatchObject({
    code: 'state-unwritable',
    message: expect.stringContaining(lock),
  });
});

test('an aborted run still gets the lock, and waits without spinning', async () => {
  const lock = join(await tempFolder(), 'x.lock');
  await writeTicket(lock, {}, TOKEN);
  let sleeps = 0;
  const aborted = stateSystem({
    // As the real one: returns at once when the run is aborted and no other signal is given.
    sleep: async (ms, signal) => {
      sleeps += 1;
      if (signal !== undefined) await sys.sleep(ms, signal);
    },
  });
  await expect(withLock(aborted, lock, async () => 1, { waitMs: 100 })).rejects.toMatchObject({
    code: 'state-locked',
  });
  expect(sleeps).toBeLessThanOrEqual(100);
});

test('only what killed processes left long ago is swept away', async () => {
  const folder = await tempFolder();
  const keep = [
    'net.json',
    'net.json.lock',
    `net.json.lock.${'11'.repeat(16)}`,
    'net.json.backup',
    'net.json.1a',
  ];
  const ticket = `net.json.lock.${TOKEN}`;
  const drop = ['net.json.1234567890', ticket, `${ticket}.heir`, `${ticket}.life`];
  for (const name of [...keep, ...drop]) await writeFile(join(folder, name), '');
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const name of drop) await utimes(join(folder, name), longAgo, longAgo);
  await mkdir(join(folder, 'logs'));
  removeLeftovers(folder, 'net.json');
  expect((await readdir(folder)).sort()).toEqual([...keep, 'logs'].sort());
});

/** The files of a folder, tokens left out. */
async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).map((name) => name.replace(/[0-9a-f]{32}/, '*')).sort();
}

async function writeTicket(path: string, part: Partial<Owner>, token: string): Promise<void> {
  const owner = await readOwner(sys);
  await writeFile(path, JSON.stringify({ owner: { ...owner, ...part }, token }));
}
