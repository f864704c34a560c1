import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Chain, inheritLock, readChain } from '../../src/state/lock-heir.ts';
import type { Ticket } from '../../src/state/lock-ticket.ts';
import { tempFolder } from './support/folder.ts';
import { session } from './support/session.ts';

// Every order in which two contenders can step through a takeover, played by hand: who looked first is late.

test('of two that saw the same dead holder, the late one gets nothing', async () => {
  const { lock, folder } = await deadLock();
  const seen = chainOf(lock);
  expect(inherit(lock, seen, ticket('a'))).toBe(true);
  expect(inherit(lock, seen, ticket('b'))).toBe(false);
  expect(tokens(lock)).toEqual([ticket('a').token]);
  expect(filesBut(folder, 'b')).toEqual(['x.lock']);
});

test('the late one gets nothing either when the fast one is already done', async () => {
  const { lock, folder } = await deadLock();
  const seen = chainOf(lock);
  expect(inherit(lock, seen, ticket('a'))).toBe(true);
  const { rmSync } = await import('node:fs');
  rmSync(lock);
  expect(inherit(lock, seen, ticket('b'))).toBe(false);
  expect(filesBut(folder, 'b')).toEqual([]);
});

test('a claim that another one has made is not touched', async () => {
  const { lock } = await deadLock();
  const seen = chainOf(lock);
  const claim = `${lock}.${ticket('dead').token}.heir`;
  writeFileSync(claim, JSON.stringify(ticket('a')));
  expect(inherit(lock, seen, ticket('b'))).toBe(false);
  expect(JSON.parse(readFileSync(claim, 'utf8'))).toEqual(ticket('a'));
  expect(tokens(lock)).toEqual([ticket('dead').token, ticket('a').token]);
});

test('the heir of a dead heir takes the lock and clears the line', async () => {
  const { lock, folder } = await deadLock();
  writeFileSync(`${lock}.${ticket('dead').token}.heir`, JSON.stringify(ticket('a')));
  const seen = chainOf(lock);
  expect(inherit(lock, seen, ticket('b'))).toBe(true);
  expect(inherit(lock, seen, ticket('c'))).toBe(false);
  expect(tokens(lock)).toEqual([ticket('b').token]);
  expect(filesBut(folder, 'c')).toEqual(['x.lock']);
});

async function deadLock(): Promise<{ folder: string; lock: string }> {
  const folder = await tempFolder();
  const lock = join(folder, 'x.lock');
  writeFileSync(lock, JSON.stringify(ticket('dead')));
  return { folder, lock };
}

function ticket(name: string): Ticket {
  return { owner: session().owner, token: Buffer.from(name).toString('hex').padEnd(32, '0') };
}

function inherit(lock: string, seen: Chain, mine: Ticket): boolean {
  return inheritLock(lock, seen, `${lock}.${mine.token}`, mine);
}

function chainOf(lock: string): Chain {
  const chain = readChain(lock);
  if (chain === 'damaged') throw new Error('the lock is damaged');
  return chain;
}

function tokens(lock: string): readonly string[] {
  return chainOf(lock).map(({ token }) => token);
}

// A contender that lost keeps its draft until it gives up.
function filesBut(folder: string, loser: string): readonly string[] {
  return readdirSync(folder).filter((name) => name !== `x.lock.${ticket(loser).token}`);
}
