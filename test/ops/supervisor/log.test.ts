import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    const log = createLog({ now }, file);
    log.write('one');
    log.write('two');
    expect(await readFile(file, 'utf8')).toBe('2026-01-01T12:00:00.000Z one\n2026-01-01T12:00:00.000Z two\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'logs'))).mode & 0o777).toBe(0o700);
  });

  it('shows what would steer a terminal or forge a line', async () => {
    createLog({ now }, file).write('a\nb\u001b[31m');
    expect(await readFile(file, 'utf8')).toBe('2026-01-01T12:00:00.000Z a\\x0ab\\x1b[31m\n');
  });

  it('starts a new file when one is full, and keeps two behind it', async () => {
    const log = createLog({ now }, file, 100);
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
    const log = createLog({ now }, file);
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
    createLog({ now }, file).write('one');
    expect(await readFile(other, 'utf8')).toBe('mine');
  });

  it('never throws, whatever is in its way', async () => {
    await writeFile(join(folder, 'logs'), '');
    createLog({ now }, file).write('one');
    await chmod(join(folder, 'logs'), 0o000);
    createLog({ now }, file).write('two');
    expect(await readdir(folder)).toEqual(['logs']);
  });
});
