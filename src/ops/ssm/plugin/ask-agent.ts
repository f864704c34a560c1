import type { SsmApi, StartSession } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { checkAgent } from '../channel/handshake.ts';

/**
 * Asks the inventory for the version of an instance's agent, which the plugin does not tell: one that knows no remote
 * hosts would connect to its own ports instead. What is not told, or may not be read, is let pass. Throws `agent-too-old`.
 */
export async function askAgent(
  api: Pick<SsmApi, 'findInstances'>,
  { target, parameters }: StartSession,
  signal: AbortSignal,
): Promise<void> {
  // Containers stand in no inventory.
  if (target.startsWith('ecs:')) return;
  const filters = [{ key: 'InstanceIds', values: [target] }];
  const found = await api.findInstances(filters, signal).catch((error: unknown) => {
    if (error instanceof HotpassError && error.code === 'access-denied') return [];
    throw error;
  });
  const version = found[0]?.agentVersion;
  const old =
    version === undefined ? undefined : checkAgent(version, { host: parameters.host?.[0], instance: target });
  if (old !== undefined) throw old;
}
