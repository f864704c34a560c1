import { HotpassError, messageOf } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import type { Environment, System } from '../../../system.ts';
import { isAtLeast } from '../version.ts';

/** As it is named wherever AWS installs it. */
export const PLUGIN = 'session-manager-plugin';
/** The first that takes a session's token from its environment; older ones want it in their argv, where all may see it. */
const OLDEST = '1.2.497.1';

const HINT = 'leave out --ssm-client plugin';

/** Makes sure that a plugin is installed that can be run safely. Throws `program-missing`, `plugin-too-old`. */
export async function checkPlugin(
  sys: Pick<System, 'processes'>,
  env: Environment,
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = await sys.processes.run([PLUGIN, '--version'], { env, signal }).catch((cause) => {
    throw new HotpassError('program-missing', messageOf(cause), { hint: HINT, cause });
  });
  const version = stdout.trim();
  if (isAtLeast(version, OLDEST)) return;
  throw new HotpassError(
    'plugin-too-old',
    `${PLUGIN} ${printable(version.slice(0, 40))} would show a session's token in its command line`,
    { hint: `${HINT}, or install one after 1.2.497.0` },
  );
}
