import { describe, expect, it } from 'vitest';
import { HotpassError } from '../../../src/errors.ts';
import { type Selection, selectSessions } from '../../../src/ops/net/select.ts';
import type { Session } from '../../../src/state/net.ts';
import { session } from '../../state/support/session.ts';
import { nextCommands, parseCommand } from '../../support/next-commands.ts';

const nothing: Selection = { labels: [], all: false, pid: undefined, via: undefined };
const make = (label: string, target: string, via: Session['via'], pid: number): Session => {
  const one = session({ label });
  return { ...one, target, via, owner: { ...one.owner, pid } };
};
const up = [
  make('staging', 'staging', 'ssh-bastion', 1),
  make('second', 'staging', 'direct', 2),
  make('prod', 'prod', 'direct', 3),
];

function select(given: Partial<Selection>, target = 'staging', sessions: readonly Session[] = up): string {
  try {
    const selected = selectSessions(sessions, { ...nothing, ...given }, target);
    return selected.map(({ label }) => label).join(' ');
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    for (const command of nextCommands(`  next ${error.hint}`)) parseCommand(command);
    return `[${error.code}] ${error.message}`;
  }
}

describe('selectSessions', () => {
  it.each<[string, Partial<Selection>, string, string]>([
    ["the target's own when nothing is said", {}, 'staging', 'staging second'],
    ['those that are named', { labels: ['prod', 'second'] }, 'staging', 'second prod'],
    ['all', { all: true }, 'staging', 'staging second prod'],
    ['the one of a pid', { pid: 3 }, 'staging', 'prod'],
    ['those of a way', { via: 'direct' }, 'staging', 'second prod'],
    ['what fits everything that is said', { via: 'direct', pid: 2, all: true }, 'staging', 'second'],
    ['nothing when no session fits', { pid: 4 }, 'staging', ''],
    ['nothing when name and way do not fit', { labels: ['staging'], via: 'direct' }, 'staging', ''],
    [
      'nobody when a name is unknown',
      { labels: ['prod', 'nope'] },
      'staging',
      '[label-unknown] no session has the label "nope"; there are: staging, second, prod',
    ],
    [
      'nobody when it is unclear who is meant',
      {},
      'other',
      '[usage] target other has no session, but others are up: staging, second, prod',
    ],
  ])('selects %s', (_, given, target, expected) => {
    expect(select(given, target)).toBe(expected);
  });

  it('has nothing to object when nothing is up', () => {
    expect(select({}, 'staging', [])).toBe('');
    expect(select({ labels: ['nope'] }, 'staging', [])).toBe('');
  });
});
