import { defineCommand } from '../../command.ts';
import { HotpassError } from '../../errors.ts';
import type { LogLine } from '../../ops/net/logs.ts';
import { printable } from '../../printable.ts';

const DEFAULT_LINES = 50;

/** Shows the log of a session. */
export const netLogs = defineCommand({
  path: 'net logs',
  summary: "Show a session's log, also after it ended",
  posixOnly: true,
  positionals: { label: { type: 'string', describe: 'Session', complete: 'label', fallback: 'the target' } },
  options: {
    lines: {
      type: 'number',
      describe: 'How many of the last lines',
      value: 'N',
      fallback: String(DEFAULT_LINES),
    },
  },
  examples: [['hotpass net logs staging --lines 200', 'Show what happened in the night']],
  async run(args, sys) {
    const [{ findProject }, { findTarget }, { readLog }, { parseLabel }] = await Promise.all([
      import('../../config/project.ts'),
      import('./find-target.ts'),
      import('../../ops/net/logs.ts'),
      import('../../ops/net/parse.ts'),
    ]);
    const lines = args.lines ?? DEFAULT_LINES;
    if (!Number.isInteger(lines) || lines < 1) {
      throw new HotpassError('usage', `--lines ${lines} is not a whole number from 1`, {
        hint: '--lines 50',
      });
    }
    const { stateDir } = await findProject(sys, args);
    const label = parseLabel(args.label ?? (await findTarget(sys, args)));
    sys.out.result(await readLog(stateDir, label, lines), renderLog);
    return 0;
  },
});

function renderLog(lines: readonly LogLine[]): string {
  // A log may come with a project from elsewhere, and node writes its own words into it.
  return lines.map(({ at, text }) => printable(at === undefined ? text : `${at} ${text}`)).join('\n');
}
