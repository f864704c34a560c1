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
  details: [
    'With `--follow` the last lines come first and then each new one, until Ctrl-C or until the reader goes away; also when the file is rotated or deleted meanwhile, and for a session that has not said anything yet. A last line that is half written is shown when it is whole. With `--json` that is one JSON document a line.',
  ],
  guard: { why: 'only looks' },
  positionals: { label: { type: 'string', describe: 'Session', complete: 'label', fallback: 'the target' } },
  options: {
    lines: {
      type: 'number',
      describe: 'How many of the last lines',
      value: 'N',
      fallback: String(DEFAULT_LINES),
    },
    follow: { type: 'boolean', short: 'f', describe: 'Go on showing what comes' },
  },
  examples: [
    ['hotpass net logs staging --lines 200', 'Show what happened in the night'],
    ['hotpass net logs -f', 'Look on while it reconnects'],
  ],
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
    if (args.follow) {
      const { followLog } = await import('../../ops/net/watch/follow-log.ts');
      const onLine = (line: LogLine) => sys.out.item(line, renderLine);
      await followLog(sys, stateDir, { label, lines, onLine });
      return 0;
    }
    sys.out.result(await readLog(stateDir, label, lines), (all) => all.map(renderLine).join('\n'));
    return 0;
  },
});

function renderLine({ at, text }: LogLine): string {
  // A log may come with a project from elsewhere, and node writes its own words into it.
  return printable(at === undefined ? text : `${at} ${text}`);
}
