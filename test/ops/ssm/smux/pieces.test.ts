import { describe, expect, it, vi } from 'vitest';
import { createBacklog } from '../../../../src/ops/ssm/smux/backlog.ts';
import { createBudget } from '../../../../src/ops/ssm/smux/budget.ts';
import { nextStreamId } from '../../../../src/ops/ssm/smux/ids.ts';
import { createOutbox } from '../../../../src/ops/ssm/smux/outbox.ts';
import { createRandom, noise, readFrames } from './peer.ts';

describe('stream ids', () => {
  it('begin at 3 and are odd', () => {
    const ids = [nextStreamId(undefined, () => false)];
    for (let more = 0; more < 3; more += 1) ids.push(nextStreamId(ids.at(-1), () => false));
    expect(ids).toEqual([3, 5, 7, 9]);
  });

  it('begin again behind the last one there is, and leave out those in use', () => {
    expect(nextStreamId(0xffff_fffd, () => false)).toBe(0xffff_ffff);
    expect(nextStreamId(0xffff_ffff, (id) => id < 8)).toBe(9);
  });
});

describe('an outbox', () => {
  const framesOf = (bytes: Buffer) => readFrames(bytes).map(({ command, data }) => [command, data.length]);

  it('puts the opening and the first data into one write', () => {
    const outbox = createOutbox(3);
    outbox.put([Buffer.from('hello')], () => {});
    expect(framesOf(outbox.next())).toEqual([
      ['SYN', 0],
      ['PSH', 5],
    ]);
    expect(outbox.hasMore()).toBe(false);
  });

  it('sends all of a batch in writes of at most 32 KiB, and says so when the last is made', () => {
    const outbox = createOutbox(3);
    const onSent = vi.fn();
    const batch = [noise(1, 50_000), Buffer.alloc(0), noise(2, 1), noise(3, 30_000)];
    outbox.put(batch, onSent);
    const writes: Buffer[] = [];
    while (outbox.hasMore()) {
      expect(onSent).not.toHaveBeenCalled();
      writes.push(outbox.next());
    }
    expect(onSent).toHaveBeenCalledOnce();
    expect(writes.map(({ length }) => length)).toEqual([32_768, 32_768, 80_001 + 4 * 8 - 65_536]);
    const data = readFrames(Buffer.concat(writes)).map((one) => one.data);
    expect(Buffer.concat(data).equals(Buffer.concat(batch))).toBe(true);
  });

  it('drops what was not sent when it is closed, says that nobody needs to wait for it, and closes once', () => {
    const outbox = createOutbox(3);
    const onSent = vi.fn();
    outbox.put([noise(1, 100_000)], onSent);
    outbox.next();
    outbox.close();
    expect(onSent).toHaveBeenCalledOnce();
    expect(framesOf(outbox.next())).toEqual([['FIN', 0]]);
    outbox.close();
    expect(outbox.hasMore()).toBe(false);
  });

  it('says nothing of a stream that was closed before anybody heard of it', () => {
    const outbox = createOutbox(3);
    outbox.put([noise(1, 10)], () => {});
    outbox.close();
    expect(outbox.hasMore()).toBe(false);
  });

  it('has nothing to send for writes without bytes', () => {
    const outbox = createOutbox(3);
    outbox.next();
    const onSent = vi.fn();
    outbox.put([Buffer.alloc(0)], onSent);
    expect(onSent).toHaveBeenCalledOnce();
    expect(outbox.hasMore()).toBe(false);
  });
});

describe('a backlog', () => {
  it('gives back what was put in, whatever the sizes and whenever it is taken', () => {
    const random = createRandom(7);
    const backlog = createBacklog();
    const [put, taken]: [Buffer[], Buffer[]] = [[], []];
    for (let round = 0; round < 3_000; round += 1) {
      const size = 1 + Math.floor(random() ** 6 * 100_000);
      const piece = noise(round, size);
      put.push(Buffer.from(piece));
      backlog.append(piece);
      if (random() < 0.1) taken.push(backlog.take() ?? Buffer.alloc(0));
    }
    const waits = Buffer.concat(put).length - Buffer.concat(taken).length;
    expect(backlog.length).toBe(waits);
    for (let next = backlog.take(); next !== undefined; next = backlog.take()) {
      expect(next.length).toBeGreaterThan(0);
      taken.push(next);
    }
    expect(backlog.length).toBe(0);
    expect(Buffer.concat(taken).equals(Buffer.concat(put))).toBe(true);
  });

  it('does not keep large buffers alive for a few bytes of each', () => {
    const backlog = createBacklog();
    let read = Buffer.alloc(0);
    for (let count = 0; count < 1_000; count += 1) {
      read = Buffer.alloc(64 * 1024, count);
      backlog.append(read.subarray(0, 8));
    }
    let kept = 0;
    for (let next = backlog.take(); next !== undefined; next = backlog.take()) kept += next.buffer.byteLength;
    expect(kept).toBeLessThan(32 * 1024);
  });

  it('hands many small pieces out as few large ones', () => {
    const backlog = createBacklog();
    for (let count = 0; count < 1_000; count += 1) backlog.append(noise(count, 1_000));
    let pieces = 0;
    while (backlog.take() !== undefined) pieces += 1;
    expect(pieces).toBeLessThan(25);
  });
});

describe('a budget', () => {
  it('says once that it is spent, and once that there is room when half of it was given back', () => {
    const told: boolean[] = [];
    const budget = createBudget((isSpent) => told.push(isSpent));
    const half = 2 * 1024 * 1024;
    budget.spend(half);
    budget.spend(half - 1);
    expect(told).toEqual([]);
    budget.spend(1);
    budget.spend(5);
    budget.giveBack(half);
    expect(told).toEqual([true]);
    budget.giveBack(5);
    budget.giveBack(half);
    expect(told).toEqual([true, false]);
  });
});
