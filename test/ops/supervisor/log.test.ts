import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/ops/supervisor/log.ts';

const now = () => new Date('2026-01-01T12:00:00.000Z');

describe('a log', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hp-'));
    file = join(folder, 'logs', 'staging.log');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('holds a line a time, with when, for its user alone', async () => {
    const log = createLog({ now, uid: -1 }, file);
    log.write('one');
    log.write('two');
    expect(await readFile(file, 'utf8')).toBe('2026-01-01T12:00:00.000Z one\n2026-01-01T12:00:00.000Z two\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'logs'))).mode & 0o777).toBe(0o700);
  });

  it('shows what would steer a terminal or forge a line', async () => {
    createLog({ now, uid: -1 }, file).write('a\nb\u001b[31m');
    expect(await readFile(file, 'utf8')).toBe('2026-01-01T12:00:00.000Z a\\x0ab\\x1b[31m\n');
  });

  it('starts a new file when one is full, and keeps two behind it', async () => {
    const log = createLog({ now, uid: -1 }, file, { limitBytes: 100 });
    for (let line = 0; line < 40; line += 1) log.write(`line ${line}`);
    expect((await readdir(join(folder, 'logs'))).sort()).toEqual(['staging.log.1', 'staging.log.2']);
    log.write('last');
    const texts = await Promise.all(['.2', '.1', ''].map((end) => readFile(file + end, 'utf8')));
    const numbers = [...texts.join('').matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(
      Array.from({ length: numbers.length }, (_, index) => 40 - numbers.length + index),
    );
    for (const text of texts) expect(text.length).toBeLessThan(150);
  });

  it('is there again when somebody deleted it', async () => {
    const log = createLog({ now, uid: -1 }, file);
    log.write('one');
    await rm(join(folder, 'logs'), { recursive: true });
    log.write('two');
    expect(await readFile(file, 'utf8')).toContain('two');
  });

  it('follows no symbolic link', async () => {
    const other = join(folder, 'other');
    await writeFile(other, 'mine');
    await mkdir(join(folder, 'logs'));
    await symlink(other, file);
    createLog({ now, uid: -1 }, file).write('one');
    expect(await readFile(other, 'utf8')).toBe('mine');
  });

  it('keeps what cannot be written, says why, and writes it later in its order', async () => {
    const log = createLog({ now, uid: -1 }, file);
    log.write('one');
    expect(log.check()).toBeUndefined();
    await rm(join(folder, 'logs'), { recursive: true });
    await writeFile(join(folder, 'logs'), '');
    log.write('two');
    log.write('three');
    expect(log.check()).toBe(
      `the log cannot be written: ${folder}/logs is no folder; see: ls -ld ${folder}/logs ${file}`,
    );
    await rm(join(folder, 'logs'));
    expect(log.check()).toBeUndefined();
    const texts = (await readFile(file, 'utf8')).replaceAll(/^\S+ /gm, '');
    expect(texts).toBe('the log was gone; it goes on here\ntwo\nthree\n');
  });

  it.each([
    ['a folder', (path: string) => mkdir(path)],
    ['a pipe that nobody reads', (path: string) => promisify(execFile)('mkfifo', [path])],
    ['a device', (path: string) => symlink('/dev/null', path)],
  ])('says that %s stands in its place', async (_what, put) => {
    await mkdir(join(folder, 'logs'));
    await put(file);
    const log = createLog({ now, uid: -1 }, file);
    log.write('one');
    expect(log.check()).toMatch(/^the log cannot be written: .*; see: ls -ld/);
    await rm(file, { recursive: true });
    expect(log.check()).toBeUndefined();
    expect(await readFile(file, 'utf8')).toContain('one');
  });

  it('keeps the newest lines, and tells how many it lost', async () => {
    let isThere = false;
    const log = createLog({ now, uid: -1 }, file, { mayWrite: () => isThere });
    for (let line = 0; line < 510; line += 1) log.write(`line ${line}`);
    expect(log.check()).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    isThere = true;
    log.check();
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines[0]).toContain('10 older lines could not be written and are lost');
    expect(lines[1]).toContain('line 10');
    expect(lines).toHaveLength(502);
  });

  it('never throws, whatever is in its way', async () => {
    await writeFile(join(folder, 'logs'), '');
    createLog({ now, uid: -1 }, file).write('one');
    await chmod(join(folder, 'logs'), 0o000);
    createLog({ now, uid: -1 }, file).write('two');
    expect(await readdir(folder)).toEqual(['logs']);
  });
});
