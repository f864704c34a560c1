import type { GlobalArgs } from '../../command.ts';
import type { Config } from '../../config/load.ts';
import { HotpassError } from '../../errors.ts';
import type { Guard } from '../../ops/guard/guard.ts';
import type { UpResult } from '../../ops/net/open.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';

interface HelpArgs extends GlobalArgs {
  readonly label: string | undefined;
  readonly timeout: number | undefined;
}

/** What may stand beside the name of a session that needs a login; everything else says how to open one. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['target', 'more', 'label', 'timeout', 'config', 'stateDir', 'json', 'quiet', 'verbose', 'rest'],
]);
const TIMEOUT_MS = 30_000;

/**
 * Helps in a session that needs a login, whatever it was opened with: `net up LABEL` is what it tells to type. That
 * hotpass.yaml says something else by now is told; `readWish` throws it. Gives undefined when more was asked for, when
 * there is no such session, and when nobody is at a terminal.
 */
export async function helpByLabel(
  args: HelpArgs,
  sys: System,
  { project, target }: Config,
  readWish: () => Promise<unknown>,
): Promise<UpResult | undefined> {
  const isGiven = (value: unknown) =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  if (Object.entries(args).some(([key, value]) => !TAKEN.has(key) && isGiven(value))) return undefined;
  const { findWaiting, helpIn } = await import('../../ops/net/attend.ts');
  const session = await findWaiting(sys, project.stateDir, args.label ?? target.value);
  if (session === undefined) return undefined;
  await readWish().catch((error: unknown) => {
    // Without a file there may be no wish at all.
    if (error instanceof HotpassError && error.code === 'label-in-use') sys.out.warn(error.message);
  });
  const status = await helpIn(sys, session, args.timeout ?? TIMEOUT_MS, await readGuard(args, sys, session));
  return status && { outcome: 'already-up', status, moved: [] };
}

/** What the target of a session wants now; the config may have changed since it was opened. */
async function readGuard(args: HelpArgs, sys: System, { target, label }: Session): Promise<Guard> {
  const [{ findBlock }, { guardOf }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../ops/guard/guard.ts'),
  ]);
  const block = await findBlock(sys, { ...args, target }, /accounts|roles/);
  return guardOf(target, block ?? {}, { confirm: undefined, command: ['hotpass', 'net', 'up', label] });
}
