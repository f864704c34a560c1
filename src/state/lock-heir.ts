// How the lock of a dead process changes hands without two contenders both getting it.
//
// A token is never used twice, and of each token there is at most one heir: the file <lock>.<token>.heir, made
// exclusively. Whoever makes it for the last one in the chain lock → heir → heir's heir … holds the lock, provided the
// lock still begins that same chain (it may have been let go while we looked). The winner then puts its own ticket in
// the lock's place and only after that removes the heirs, so a winner that dies half way is just one more link.
import { renameSync, rmSync } from 'node:fs';
import { lifePath } from './lock-life.ts';
import { placeTicket, readTicket, type Ticket } from './lock-ticket.ts';

/** Who stands in a lock file, followed by the heirs; the last one holds the lock. Empty: the lock is free. */
export type Chain = readonly Ticket[];

/** Reads the chain of a lock. */
export function readChain(path: string): Chain | 'damaged' {
  const chain: Ticket[] = [];
  for (let next = path; ; ) {
    const ticket = readTicket(next);
    if (ticket === 'damaged') return 'damaged';
    if (ticket === undefined) return chain;
    chain.push(ticket);
    next = heirPath(path, ticket);
  }
}

/** Takes over a lock whose holder is dead; false when another contender was faster. */
export function inheritLock(path: string, chain: Chain, draft: string, ticket: Ticket): boolean {
  const dead = chain.at(-1);
  if (dead === undefined) return false;
  const claim = heirPath(path, dead);
  if (!placeTicket(draft, ticket, claim)) return false;
  if (!isSameChain(readChain(path), [...chain, ticket])) {
    rmSync(claim, { force: true });
    return false;
  }
  renameSync(draft, path);
  for (const link of chain) {
    rmSync(heirPath(path, link), { force: true });
    rmSync(lifePath(path, link.token), { force: true });
  }
  return true;
}

function isSameChain(found: Chain | 'damaged', expected: Chain): boolean {
  return (
    found !== 'damaged' &&
    found.length === expected.length &&
    found.every((link, index) => link.token === expected[index]?.token)
  );
}

function heirPath(path: string, { token }: Ticket): string {
  return `${path}.${token}.heir`;
}
