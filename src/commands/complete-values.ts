import type { GlobalArgs } from '../command.ts';
import { listTargets } from '../config/load.ts';
import { findProject } from '../config/project.ts';
import { netStore } from '../state/net.ts';
import type { System } from '../system.ts';

/**
 * Finds what Tab offers: targets that the config names, labels that the project's records have. Files are read and
 * nothing else is done: nobody waits at a Tab for an answer over a socket. Throws what reading throws.
 */
export async function completeValues(
  kind: 'label' | 'target',
  given: GlobalArgs,
  sys: System,
): Promise<readonly string[]> {
  if (kind === 'target') return listTargets(sys, given);
  const { stateDir } = await findProject(sys, given);
  const { sessions } = await netStore.read(stateDir);
  return sessions.map(({ label }) => label);
}
