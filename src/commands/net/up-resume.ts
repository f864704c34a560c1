import type { GlobalArgs } from '../../command.ts';
import { HotpassError } from '../../errors.ts';
import type { Requirement } from '../../ops/net/plan.ts';
import type { System } from '../../system.ts';
import { renderResumed } from './render-resume.ts';

interface ResumeArgs extends GlobalArgs {
  readonly more: readonly string[];
  readonly autoPort: boolean | undefined;
  readonly require: Requirement | undefined;
  readonly dryRun: boolean | undefined;
  readonly confirm: string | undefined;
}

/** What may stand beside `--resume`; everything else of `net up` says how to open, and that is on record. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['target', 'more', 'resume', 'autoPort', 'require', 'dryRun', 'confirm'],
  ...['config', 'stateDir', 'json', 'quiet', 'verbose', 'explain', 'rest'],
]);

/** Plays `net up --resume`. Throws `usage` for flags that it does not take. */
export async function resumeUp(args: ResumeArgs, sys: System): Promise<0 | 1> {
  refuseOthers(args);
  const [{ findProject }, { resumeSessions }] = await Promise.all([
    import('../../config/project.ts'),
    import('../../ops/net/resume/resume.ts'),
  ]);
  const { stateDir } = await findProject(sys, args);
  sys.out.progress('bringing back what was not taken down …');
  const resumed = await resumeSessions(sys, stateDir, {
    names: [...(args.target === undefined ? [] : [args.target]), ...args.more],
    policy: args.autoPort === undefined ? 'careful' : args.autoPort ? 'moves' : 'stays',
    require: args.require ?? 'service',
    dryRun: args.dryRun === true,
    confirm: args.confirm,
    async readNet(target) {
      const { loadConfig } = await import('../../config/load.ts');
      return (await loadConfig(sys, { ...args, target })).values.net;
    },
    async readGuarded(target) {
      const { findBlock } = await import('../../config/load.ts');
      return findBlock(sys, { ...args, target }, /protected|accounts|roles|clusters/);
    },
  });
  sys.out.result({ project: stateDir, sessions: resumed }, ({ sessions }, style) =>
    renderResumed(sessions, style),
  );
  return resumed.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

function refuseOthers(args: ResumeArgs): void {
  const other = Object.entries(args).find(
    ([key, value]) => !TAKEN.has(key) && value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  if (other === undefined) return;
  const flag = other[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new HotpassError('usage', `--${flag} and --resume: sessions are opened as they were`, {
    hint: 'hotpass net up --resume',
  });
}
