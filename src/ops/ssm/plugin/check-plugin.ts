import { HotpassError, messageOf } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import { createAbort, followSignals } from '../../../signals.ts';
import type { Environment, System } from '../../../system.ts';
import { isAtLeast } from '../message/version.ts';

/** As it is named wherever AWS installs it. */
export const PLUGIN = 'session-manager-plugin';
/** The first that takes a session's token from its environment; older ones want it in their argv, where all may see it. */
const OLDEST = '1.2.497.1';

const HINT = 'leave out --ssm-client plugin';

/** How long it may take to say its version. */
const ANSWER_MS = 10_000;

/** Makes sure that a plugin is installed that can be run safely. Throws `program-missing`, `plugin-too-old`. */
export async function checkPlugin(
  sys: Pick<System, 'processes' | 'sleep'>,
  { env, folder }: { readonly env: Environment; readonly folder: string },
  signal: AbortSignal,
): Promise<void> {
  const version = await askVersion(sys, env, folder, signal);
  if (isAtLeast(version, OLDEST)) return;
  throw new HotpassError(
    'plugin-too-old',
    `${PLUGIN} ${printable(version.slice(0, 40))} would show a session's token in its command line`,
    { hint: `${HINT}, or install one after 1.2.497.0` },
  );
}

/** Not by `run`: what that loads stays in the memory of a process that lives for days. */
async function askVersion(
  sys: Pick<System, 'processes' | 'sleep'>,
  env: Environment,
  cwd: string,
  signal: AbortSignal,
): Promise<string> {
  let version = '';
  const onOutput = (line: string) => {
    version ||= line.trim();
  };
  const child = await sys.processes.start([PLUGIN, '--version'], { env, cwd, onOutput }).catch((cause) => {
    throw new HotpassError('program-missing', messageOf(cause), { hint: HINT, cause });
  });
  const answered = createAbort();
  const late = followSignals(signal, answered.signal);
  void sys.sleep(ANSWER_MS, late.signal).then(() => child.kill('SIGKILL'));
  await child.exited;
  answered.abort();
  late.free();
  return version;
}
