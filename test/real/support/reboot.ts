import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { netStore, type Session } from '../../../src/state/net.ts';
import { portStore } from '../../../src/state/ports.ts';
import { signalIfAlive, waitUntilGone } from '../../support/processes.ts';
import { pidsOf } from './sandbox-processes.ts';
import type { Stage } from './stage.ts';

const ANOTHER_BOOT = '00000000-0000-4000-8000-000000000000';

/** Ends every background process of a stage without a word, and makes its records those of an earlier boot. */
export async function reboot(stage: Stage, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const pids = await pidsOf(stage, 'supervisor');
  for (const pid of pids) signalIfAlive(pid, signal);
  await Promise.all(pids.map(waitUntilGone));
  const before = await stage.records();
  const records = before.map((one) => ({ ...one, owner: { ...one.owner, boot: ANOTHER_BOOT } }));
  await writeRecords(stage, records);
}

/** Makes the records those of sessions that were opened through ssh, for the user's own ledger too. */
export async function makeThroughSsh(
  stage: Stage,
  gateway: NonNullable<Session['gateway']> & { readonly configFile: string },
): Promise<readonly Session[]> {
  const records = (await stage.records()).map((one) => ({ ...one, via: 'ssh-bastion' as const, gateway }));
  await writeRecords(stage, records);
  const folder = join(stage.env.XDG_STATE_HOME ?? '', 'hotpass');
  const { leases } = await portStore.read(folder);
  const known = leases.map((lease) => ({ ...lease, sshConfig: gateway.configFile }));
  await writeFile(portStore.path(folder), JSON.stringify({ version: 1, leases: known }));
  return records;
}

/** Writes the records of a stage as they are given. */
export async function writeRecords(stage: Stage, sessions: readonly Session[]): Promise<void> {
  await writeFile(netStore.path(stage.state), JSON.stringify({ version: 1, sessions }));
}
