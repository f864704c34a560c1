import { defineCommand } from '../../command.ts';
import type { EndPlan, EndResult } from '../../ops/net/end-sessions.ts';
import { dryRun } from '../options.ts';

/** Closes sessions. */
export const netDown = defineCommand({
  path: 'net down',
  summary: 'Close tunnels and prove that they are gone',
  posixOnly: true,
  details: [
    'Asks the background process to end, then TERM, then KILL; checks that its ssh and its ports are gone, and drops the record. Only a process that is provably the recorded one is signalled: same machine, same boot, same start time.',
    'With nothing to stop it exits 0. A label that no session has is exit 2, with those that exist. Sessions of another machine or container are left alone.',
    'When net.json is damaged, `--all` still ends every session of this project that runs; the file is left for you to look at.',
  ],
  guard: { why: 'a way back always works' },
  positionals: {
    labels: {
      type: 'string',
      describe: 'Sessions to close',
      repeat: true,
      complete: 'label',
      fallback: 'those of the target',
    },
  },
  options: {
    all: { type: 'boolean', describe: 'Close every session of this project' },
    pid: { type: 'number', describe: 'Close the session of this background process', value: 'PID' },
    via: {
      type: 'string',
      describe: 'Close those that go this way',
      choices: ['ssh-bastion', 'direct', 'ssm'],
    },
    drain: { type: 'duration', describe: 'How long to wait for open connections to finish', fallback: '0s' },
    label: { type: 'string', describe: 'Session to close', value: 'LABEL', hidden: true, complete: 'label' },
    dryRun,
  },
  examples: [
    ['hotpass net down', "Close the target's session"],
    ['hotpass net down staging --drain 10s', 'Let open connections finish first'],
    ['hotpass net down --all', 'Close everything of this project'],
  ],
  async run(args, sys) {
    if (args.explain) return (await import('./explain.ts')).explainTarget(args, sys);
    const [{ findProject }, { findTarget }, { endSessions }] = await Promise.all([
      import('../../config/project.ts'),
      import('./find-target.ts'),
      import('../../ops/net/end-sessions.ts'),
    ]);
    const { stateDir } = await findProject(sys, args);
    const selection = {
      labels: args.label === undefined ? args.labels : [...args.labels, args.label],
      all: args.all === true,
      pid: args.pid,
      via: args.via,
    };
    const done = await endSessions(sys, stateDir, selection, () => findTarget(sys, args), {
      drainMs: args.drain ?? 0,
      dryRun: args.dryRun === true,
    });
    sys.out.result(done, renderEnded);
    return 0;
  },
});

function renderEnded(done: EndPlan | EndResult): string {
  if ('wouldEnd' in done) {
    const names = done.wouldEnd.map(({ label, pid }) => `would end ${label} (pid ${pid})`);
    return [...names, names.length === 0 ? 'nothing to stop' : 'dry run, nothing was changed'].join('\n');
  }
  if (done.ended.length === 0) return 'nothing to stop';
  return done.ended
    .map(({ label, outcome, cutConnections }) => {
      const cut =
        cutConnections === 0
          ? ''
          : `, ${cutConnections} open connection${cutConnections === 1 ? '' : 's'} cut`;
      const how = {
        stopped: 'is down',
        killed: 'did not answer and was killed',
        cleared: 'was dead; cleared',
      }[outcome];
      return `${label} ${how}${cut}`;
    })
    .join('\n');
}
