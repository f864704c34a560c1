import { defineCommand } from '../../command.ts';
import { HotpassError } from '../../errors.ts';
import type { SessionList } from '../../ops/net/list-sessions.ts';
import type { Style } from '../../output.ts';
import { clockText } from './render-history.ts';
import { renderStatus } from './render-status.ts';

const INTERVAL_MS = 2_000;
const SHORTEST_MS = 500;

/** Shows sessions. */
export const netStatus = defineCommand({
  path: 'net status',
  summary: 'Show whether tunnels work, layer by layer',
  posixOnly: true,
  details: [
    'Asks each background process to look now: nothing that is printed is older than 2 s. Three layers: the local port, the transport, and the service behind it, each with when and how it was seen.',
    'States: starting, ready, degraded (the tunnel works, a service behind it does not), reconnecting, needs-login, failed, stopped, and elsewhere for sessions of another machine or container that shares this folder.',
    'Exits 1 when a session that is shown is not ready. With no session at all it exits 0, unless one was asked for.',
    '`--watch` goes on looking: on a terminal the table is drawn over the one before, elsewhere and with `--json` each look is one JSON document on a line of its own, with `at`. It ends at Ctrl-C or when the reader goes away, with the exit code of the last look.',
  ],
  guard: { why: 'only looks' },
  positionals: {
    labels: {
      type: 'string',
      describe: 'Sessions to show',
      repeat: true,
      complete: 'label',
      fallback: 'all',
    },
  },
  options: {
    all: { type: 'boolean', describe: 'Show the sessions of your other projects too' },
    watch: { type: 'boolean', describe: 'Go on looking until Ctrl-C' },
    interval: { type: 'duration', describe: 'How often to look with --watch', fallback: '2s' },
  },
  examples: [
    ['hotpass net status', 'Show every session of this project'],
    ['hotpass net status staging --json', 'Feed one session to a script'],
    ['hotpass net status --watch', 'Keep an eye on all of them'],
  ],
  async run(args, sys) {
    const [{ findProject }, { listSessions }] = await Promise.all([
      import('../../config/project.ts'),
      import('../../ops/net/list-sessions.ts'),
    ]);
    const intervalMs = readInterval(args);
    const { stateDir } = await findProject(sys, args);
    const asked = { labels: args.labels, target: args.target, all: args.all === true };
    if (intervalMs !== undefined) {
      const { watchSessions } = await import('../../ops/net/watch/watch.ts');
      const onLook = (list: SessionList) =>
        sys.out.redraw({ at: sys.now().toISOString(), ...list }, (value, style) =>
          [headLine(intervalMs, sys.now(), style), renderStatus(value, sys.now(), style)].join('\n'),
        );
      return exitCode(await watchSessions(sys, stateDir, { asked, intervalMs, onLook }));
    }
    const list = await listSessions(sys, stateDir, asked);
    sys.out.result(list, (value, style) => renderStatus(value, sys.now(), style));
    return exitCode(list);
  },
});

function exitCode({ sessions, others, missing }: SessionList): 0 | 1 {
  const isReady = [...sessions, ...others].every(({ state }) => state === 'ready');
  return isReady && missing === undefined ? 0 : 1;
}

function readInterval(args: {
  readonly watch: boolean | undefined;
  readonly interval: number | undefined;
}): number | undefined {
  const { watch, interval = INTERVAL_MS } = args;
  if (!watch && args.interval !== undefined) {
    throw new HotpassError('usage', '--interval says how often to look with --watch', {
      hint: 'add --watch',
    });
  }
  if (interval < SHORTEST_MS) {
    throw new HotpassError('usage', `--interval ${interval}ms is too short`, {
      hint: `at least ${SHORTEST_MS}ms`,
    });
  }
  return watch ? interval : undefined;
}

/** What stands still on the screen must say when it was so. */
function headLine(intervalMs: number, now: Date, style: Style): string {
  return style.dim(`looked at ${clockText(now)}, every ${intervalMs / 1000} s until Ctrl-C`);
}
