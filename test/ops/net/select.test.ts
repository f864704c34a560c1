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

async function select(
  given: Partial<Selection>,
  target: string | HotpassError = 'staging',
  sessions: readonly Session[] = up,
): Promise<string> {
  try {
    const selected = await selectSessions(sessions, { ...nothing, ...given }, async () => {
      if (typeof target === 'string') return target;
      throw target;
    });
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
  ])('selects %s', async (_, given, target, expected) => {
    expect(await select(given, target)).toBe(expected);
  });

  it('has nothing to object when nothing is up', async () => {
    expect(await select({}, 'staging', [])).toBe('');
    expect(await select({ labels: ['nope'] }, 'staging', [])).toBe('');
  });

  it('needs a target only where there is a choice', async () => {
    const broken = new HotpassError('config-invalid', 'broken');
    expect(await select({}, broken, [])).toBe('');
    expect(await select({}, broken, up.slice(2))).toBe('prod');
    expect(await select({ via: 'direct' }, broken)).toBe('second prod');
    expect(await select({}, broken)).toBe('[config-invalid] broken');
  });
});
