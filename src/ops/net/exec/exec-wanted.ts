import { createChoices } from '../../../config/choose.ts';
import { findBlock, findTargetName, loadConfig } from '../../../config/load.ts';
import { type AskedProject, findProject } from '../../../config/project.ts';
import { once } from '../../../once.ts';
import type { System } from '../../../system.ts';
import type { UpArgs } from '../request.ts';
import type { Wanted } from './exec-borrow.ts';

/** What the command line of `net exec` says. */
export interface ExecArgs extends UpArgs, AskedProject {
  readonly target: string | undefined;
  /** The command and its arguments. */
  readonly rest: readonly string[];
}

/** Flags that say how a session must be; the others say which one is meant, and how long to wait for it. */
const PLAN_FLAGS = [
  'via',
  'host',
  'sshUser',
  'sshPort',
  'identity',
  'jump',
  'sshOption',
  'sshConfig',
  'instance',
  'profile',
  'region',
  'roleArn',
  'reason',
  'channels',
  'eksCluster',
  'ssmClient',
  'forward',
  'bind',
  'autoPort',
  'hold',
  'prefectHost',
  'prefectPort',
  'prefectRemotePort',
  'marquezHost',
  'marquezPort',
  'marquezRemotePort',
  'marquez',
] as const satisfies readonly (keyof UpArgs)[];

/**
 * Says which session a command wants. The config is only parsed for what the command line leaves out: a session that
 * is up is found without. Throws what `findProject` and `loadConfig` throw.
 */
export async function readWanted(sys: System, args: ExecArgs): Promise<Wanted> {
  const { stateDir } = await findProject(sys, args);
  const config = once(() => loadConfig(sys, args));
  const target = args.target ?? (await findTargetName(sys, args));
  // The command itself may hold what is secret.
  const command = (of: string) => [
    ...['hotpass', 'net', 'exec', of],
    ...(args.label === undefined || args.label === of ? [] : ['--label', args.label]),
    ...['--', 'COMMAND'],
  ];
  return {
    project: stateDir,
    label: args.label ?? target,
    target: args.label === undefined || args.target !== undefined ? target : undefined,
    hasPlan: PLAN_FLAGS.some((flag) => isGiven(args[flag])),
    request: once(async () => {
      const [loaded, { requestTunnel }] = await Promise.all([config(), import('../request.ts')]);
      const request = requestTunnel(sys, args, loaded, createChoices());
      for (const warning of [...loaded.warnings, ...request.warnings]) sys.out.warn(warning);
      return { ...request, guard: { ...request.guard, command: command(request.plan.target) } };
    }),
    async confirm(of) {
      const block = await findBlock(sys, { ...args, target: of }, /protected/);
      if (block === undefined) return;
      const { guardOf, judgeConsent } = await import('../../guard/guard.ts');
      const refusal = judgeConsent(guardOf(of, block, { confirm: args.confirm, command: command(of) }));
      if (refusal !== undefined) throw refusal;
    },
    waiting: async () => {
      const [loaded, { requestWaiting }] = await Promise.all([config(), import('../request-waiting.ts')]);
      return requestWaiting(args, loaded, createChoices());
    },
  };
}

function isGiven(value: UpArgs[keyof UpArgs]): boolean {
  return value !== undefined && (typeof value !== 'object' || value.length > 0);
}
