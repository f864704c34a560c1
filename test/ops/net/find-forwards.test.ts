import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findForwards } from '../../../src/ops/net/find-forwards.ts';
import type { SessionStatus } from '../../../src/ops/net/status.ts';
import { type ControlServer, serveControl } from '../../../src/ops/supervisor/control.ts';
import { addSession, netStore } from '../../../src/state/net.ts';
import { readOwner } from '../../../src/state/owner.ts';
import { session } from '../../state/support/session.ts';
import { stateSystem } from '../../state/support/system.ts';
import { testSystem } from '../../support/system.ts';
import { forwardStatus, sessionStatus } from './statuses.ts';

let root: string;
let project: string;
const controls: ControlServer[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hp-'));
  project = join(root, '.hotpass');
});
afterEach(async () => {
  await Promise.all(controls.splice(0).map((control) => control.close()));
  await rm(root, { recursive: true, force: true });
});

const system = () =>
  testSystem({
    uid: process.getuid?.() ?? -1,
    platform: process.platform,
    home: root,
    env: { XDG_RUNTIME_DIR: root },
    monotonic: () => performance.now(),
  });

const find = () => findForwards(system(), project, 'staging', 'eks');

const eks = (port: number, remote = 'abcd.eks:443') =>
  forwardStatus({
    name: 'eks',
    local: [`127.0.0.1:${port}`],
    remote,
    url: `https://127.0.0.1:${port}`,
    layers: {
      port: { state: 'ok', how: 'listening' },
      transport: { state: 'ok', how: 'ssh pid 7' },
      service: { state: 'ok', how: 'TLS name verified', checkedAt: '2026-01-01T12:00:00.000Z' },
    },
  });

/** Puts a session on record, with a forward "eks"; it answers with `said`, or not at all. */
async function record(label: string, said: Partial<SessionStatus> | undefined, target = 'staging') {
  const id = Buffer.from(label.padEnd(8)).toString('hex');
  const folder = join(root, 'hotpass');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const socket = join(folder, `${id}.sock`);
  const owner = await readOwner({ ...testSystem({ platform: process.platform }), pid: process.pid });
  if (owner === undefined) throw new Error('this process has no owner');
  if (said !== undefined) {
    const status = sessionStatus({ id, label, target, forwards: [eks(8443)], ...said });
    controls.push(await serveControl(socket, async () => status));
  }
  const forward = { name: 'eks', bind: ['127.0.0.1'], localPort: 8443, host: 'abcd.eks', port: 443 };
  const forwards = [{ ...forward, probe: 'tcp' as const }];
  await netStore.update(stateSystem(), project, (net) =>
    addSession(net, session({ id, label, target, socket, owner, forwards })),
  );
}

it('gives the address for clients and what was said just now', async () => {
  await record('staging', {});
  expect(await find()).toEqual([
    {
      label: 'staging',
      name: 'eks',
      host: '127.0.0.1',
      port: 8443,
      remote: 'abcd.eks:443',
      state: 'ready',
      service: { state: 'ok', how: 'TLS name verified', checkedAt: '2026-01-01T12:00:00.000Z' },
    },
  ]);
});

it('gives one that is ready before one that is not, and says of that what is wrong', async () => {
  const why = { code: 'ssh-unreachable', reason: 'no route', next: 'hotpass net logs staging' };
  await record('staging', { state: 'reconnecting', ...why });
  expect(await find()).toMatchObject([{ label: 'staging', state: 'reconnecting', trouble: why }]);
  await record('second', { forwards: [eks(9443)] });
  expect(await find()).toMatchObject([{ label: 'second', port: 9443, state: 'ready' }, { label: 'staging' }]);
});

it('reads an address and a port that the URL writes otherwise', async () => {
  await record('staging', { forwards: [{ ...eks(443), url: 'https://[::1]' }] });
  expect(await find()).toMatchObject([{ host: '::1', port: 443 }]);
});

it.each([
  ['there is none', async () => undefined],
  ['the session is of another target', () => record('prod', {}, 'prod')],
  ['the session does not forward it', () => record('staging', { forwards: [forwardStatus()] })],
  ['the session does not answer', () => record('staging', undefined)],
])('finds nothing when %s', async (_, arrange) => {
  await arrange();
  expect(await find()).toEqual([]);
});
