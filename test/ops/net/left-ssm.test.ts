import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endLeftSsm } from '../../../src/ops/net/left-ssm.ts';
import { session } from '../../state/support/session.ts';
import { testSystem } from '../../support/system.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hp-left-'));
});
afterEach(() => rm(folder, { recursive: true }));

const { gateway: _, ...bare } = session({ via: 'ssm' });
const ssm = {
  instance: { id: 'i-0123456789abcdef0' },
  profile: 'prod',
  channels: 1,
  client: 'native' as const,
  sessions: ['ann-0123456789abcdef0'],
};

it.each([
  ['that the ledger does not know', bare.forwards],
  ['without a port, of which the ledger could not know', []],
])('asks no account for a record %s', async (_, forwards) => {
  const asked: unknown[] = [];
  const sys = testSystem({
    env: { XDG_STATE_HOME: folder },
    mode: { verbose: true },
    aws: {
      async ssm(place) {
        asked.push(place);
        throw new Error('no account is to be asked');
      },
    },
  });
  await endLeftSsm(sys, join(folder, 'project'), { ...bare, ssm, forwards }).catch(() => undefined);
  expect(asked).toEqual([]);
  expect(sys.stderr()).toContain('not opened here');
});
