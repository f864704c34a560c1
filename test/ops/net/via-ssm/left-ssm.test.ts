import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endAllLeftSsm, endLeftSsm } from '../../../../src/ops/net/via-ssm/left-ssm.ts';
import { netStore } from '../../../../src/state/net.ts';
import { readOwner } from '../../../../src/state/owner.ts';
import { portStore } from '../../../../src/state/ports.ts';
import { userDirs } from '../../../../src/state/user-dirs.ts';
import { lease, session } from '../../../state/support/session.ts';
import { testSystem } from '../../../support/system.ts';

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
  ['that the ledger does not know', bare.forwards, {}],
  ['without a port, of which the ledger could not know', [], {}],
  ['that nobody here can have written', [], { region: 'x.evil.example' }],
])('asks no account for a record %s, and fails over none', async (_, forwards, change) => {
  const asked: unknown[] = [];
  const sys = testSystem({
    env: { XDG_STATE_HOME: folder },
    mode: { verbose: true },
    aws: {
      async ssm(place) {
        asked.push(place);
        throw new Error('no account is to be asked');
      },
      account: () => Promise.reject(new Error('no account is to be asked')),
    },
  });
  await endLeftSsm(sys, join(folder, 'project'), { ...bare, ssm: { ...ssm, ...change }, forwards });
  expect(asked).toEqual([]);
  expect(sys.stderr()).toContain('not opened here');
});

it('keeps nobody from another session, whatever a dead one left', async () => {
  const said = await mkdtemp(join(tmpdir(), 'hp-run-'));
  const sys = testSystem({
    env: { XDG_STATE_HOME: folder, XDG_RUNTIME_DIR: said },
    uid: process.getuid?.() ?? -1,
    pid: process.pid,
    mode: { verbose: true },
  });
  const owner = await readOwner(sys);
  if (owner === undefined) throw new Error('this process has no identity');
  const id = '0123456789abcdef';
  const dead = { ...bare, owner: { ...owner, started: '1' }, socket: join(said, 'hotpass', `${id}.sock`) };
  const project = join(folder, 'project');
  const forwards = bare.forwards.slice(0, 1);
  await netStore.update(sys, project, (net) => ({
    ...net,
    sessions: [{ ...dead, id, ssm: { ...ssm, region: 'x.evil.example' }, forwards }],
  }));
  await portStore.update(sys, userDirs(sys).privateState, (ledger) => ({
    ...ledger,
    leases: [lease({ project })],
  }));
  await endAllLeftSsm(sys, project);
  expect(sys.stderr()).toContain('not opened here');
  await rm(said, { recursive: true });
});
