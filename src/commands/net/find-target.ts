import type { AskedConfig } from '../../config/load.ts';
import type { System } from '../../system.ts';

/**
 * Finds the target that a verb is about when it names no session; the config is only read where the command line does
 * not say it. Throws what `loadConfig` throws.
 */
export async function findTarget(sys: System, asked: AskedConfig): Promise<string> {
  if (asked.target !== undefined) return asked.target;
  const { loadConfig } = await import('../../config/load.ts');
  return (await loadConfig(sys, asked)).target.value;
}
