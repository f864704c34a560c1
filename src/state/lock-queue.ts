import { resolve } from 'node:path';
import { HotpassError } from '../errors.ts';
import type { System } from '../system.ts';

// The last one in each queue of this process; it settles when that one is done, and never rejects.
const tails = new Map<string, Promise<void>>();

/** Does some work after all earlier work of this process under the same path; throws `state-locked` when that hangs. */
export async function inTurn<T>(
  sys: Pick<System, 'sleep' | 'pid'>,
  path: string,
  waitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const key = resolve(path);
  const before = tails.get(key);
  const mine = follow(sys, before, path, waitMs, work);
  const tail = mine.then(
    () => undefined,
    () => undefined,
  );
  tails.set(key, tail);
  try {
    return await mine;
  } finally {
    if (tails.get(key) === tail) tails.delete(key);
  }
}

async function follow<T>(
  sys: Pick<System, 'sleep' | 'pid'>,
  before: Promise<void> | undefined,
  path: string,
  waitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  if (before !== undefined && !(await isDoneWithin(sys, before, waitMs))) {
    throw new HotpassError('state-locked', `${path} is held by this process (${sys.pid})`);
  }
  return work();
}

async function isDoneWithin(sys: Pick<System, 'sleep'>, work: Promise<void>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([work.then(() => true), sys.sleep(ms, timer.signal).then(() => false)]);
  } finally {
    timer.abort();
  }
}
