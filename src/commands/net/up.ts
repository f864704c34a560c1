import { defineCommand } from '../../command.ts';
import { createChoices } from '../../config/choose.ts';
import { HotpassError } from '../../errors.ts';
import type { UpResult } from '../../ops/net/open.ts';
import type { Requirement } from '../../ops/net/plan.ts';
import { judgeStatus } from '../../ops/net/verdict.ts';
import type { Style } from '../../output.ts';
import type { System } from '../../system.ts';
import { dryRun } from '../options.ts';
import { openOptions } from './open-options.ts';
import { renderChoices, renderCommand, renderPlan, renderUp } from './render-up.ts';

/** Opens a session. */
export const netUp = defineCommand({
  path: 'net up',
  summary: 'Open tunnels and wait until they work',
  posixOnly: true,
  details: [
    'Starts one background process that holds the local ports, opens the way to the far side, asks the services behind it, and keeps the way open until `hotpass net down`. Returns when the tunnels work, or says which layer does not: port, transport or service.',
    'A second `net up` of the same label with the same plan changes nothing and exits 0. Another plan under a live label is refused and the difference is shown.',
    'A local port belongs to its target for good: another target never gets it, also while the tunnel is down. When a port is busy, the holder is named and the next free port is taken, unless this target had the port before and files may point there; then `--auto-port` must be given for it to move.',
    'On a terminal ssh may ask: for a passphrase, a password or a code, whether a host key is right, for a touch of a security key. The question appears as ssh puts it, with the host that it is about; nothing that is typed is kept, and the time that it takes is not counted by `--timeout`. Without a terminal ssh asks nothing. When a session cannot log in again by itself it is `needs-login` and goes on trying; `hotpass net up LABEL` on a terminal tries at once and relays what ssh asks.',
    'Via ssm the way leads through an instance that runs the SSM agent, with neither the AWS CLI nor its plugin: `--instance` takes an id (`i-…`, `mi-…`, `ecs:CLUSTER_TASK_RUNTIME`), `tag:KEY=VALUE`, or a name: that of the tag Name, else what the instance is called itself. It must be one instance that is online; of several, all are listed. Credentials are those that the AWS CLI would take: `--profile` or the config, else keys of the environment, AWS_PROFILE, a web identity, a container; the instance metadata is asked only with `AWS_EC2_METADATA_DISABLED=false`. Keys of the environment are handed to the background process and written nowhere. AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTPS_PROXY, NO_PROXY and the like count as they do for the AWS CLI, for the sockets of sessions too.',
    '`--forward` adds to the forwards of hotpass.yaml, or replaces the one of the same name. Where neither names any, target staging forwards prefect.staging.internal:4200 and marquez.staging.internal:5000.',
    "A forward named `eks` without host and port, `eks: {}` in hotpass.yaml or `--forward eks`, leads to the API endpoint of `--eks-cluster`, else of `eks.cluster` in hotpass.yaml: the account is asked where that is (eks:DescribeCluster) with `--profile` and `--region`, whichever way the session goes. Clients connect to `https://127.0.0.1:PORT` with `tls-server-name`, the host of the endpoint, and with the cluster's own authority, so that TLS stays verified. It is probed the same way, without a token: the certificate must be of the cluster, for that name. Its port is 6443 unless `local` or `--forward eks=LOCAL` names another. A session that is up, and `--resume`, need no AWS for it; a cluster that was made again is told as another plan.",
    'Probes: `prefect` and `marquez` ask the service who it is; `http` wants a status below 400 from `path` (401 and 403 count as reachable); `tcp` wants a connection that stays open for as long as the login took, 0.3 to 1.2 s; `none` asks nothing. A forward named prefect or marquez has that probe, any other `tcp`; hotpass.yaml can name another.',
    'Only `net down` takes a session off the record: one that ended by a reboot, a crash or a signal stays on it. `--resume` opens all of these again, or those of the targets and labels that are named, side by side and each exactly as it was: the same way, addresses, ports, times and probes, whatever hotpass.yaml says by now. It leaves alone what is up, what ran in the foreground (that is brought back by who started it), what was there for `net exec` alone, and what belongs to another machine. With nothing to bring back it exits 0; when one did not come up it exits 1, and the next `--resume` tries that one again. Values of `--ssh-option` and queries of probe paths may be secret and are not recorded: they are taken from hotpass.yaml, and where they are not there, the session and the command to type are named.',
    'A target that hotpass.yaml calls `protected` must be named again with `--confirm TARGET` before a session is started. One that is up asks nothing, and `--resume` brings back without it what was opened with it. Where the target lists `accounts` or `roles`, AWS is asked who calls before a session via ssm, or with the forward eks, is started, and a stranger is refused; so is a cluster that is not one of `eks.clusters`.',
    'After each boot, by crontab: `@reboot cd "$HOME/data" && /usr/local/bin/hotpass net up --resume`. By a systemd user unit (`loginctl enable-linger` lets it run before the login): `[Service]` with `Type=oneshot`, `RemainAfterExit=yes`, `WorkingDirectory=%h/data`, `ExecStart=/usr/local/bin/hotpass net up --resume`, `KillMode=process` (else a session that did not come up takes the others with it), `Restart=on-failure`, `RestartSec=30`; `[Install]` with `WantedBy=default.target`. The network may come later than the unit: a restart tries again what did not come up.',
  ],
  guard: {
    account: 'via ssm and with the forward eks, before a session is started',
    protected:
      'before a session is started; one that is up already, or is brought back as it was confirmed, asks nothing',
    why: 'a tunnel by itself changes nothing on the far side, so that `readOnly` lets it be',
  },
  positionals: {
    target: { type: 'string', describe: 'Target of hotpass.yaml', complete: 'target', fallback: 'staging' },
    more: {
      type: 'string',
      describe: 'With --resume: more targets or labels',
      repeat: true,
      complete: 'label',
    },
  },
  options: {
    ...openOptions,
    resume: { type: 'boolean', describe: 'Open again what was not taken down, as it was' },
    foreground: {
      type: 'boolean',
      describe: 'Stay in this process until Ctrl-C, for systemd and containers',
    },
    printCommand: {
      type: 'boolean',
      describe: 'Print a plain ssh or aws command with the same forwards and stop',
    },
    dryRun,
  },
  examples: [
    ['hotpass net up', 'Open the default target of hotpass.yaml'],
    [
      'hotpass net up --host bastion.staging.internal --forward prefect=prefect.staging.internal:4200',
      'Open a tunnel without a config file',
    ],
    ['hotpass net up prod --label prod-readonly --timeout 1m', 'Open another target under a name of its own'],
    ['hotpass net up --resume', 'After a reboot, open again what was not taken down'],
  ],
  async run(args, sys) {
    if (args.resume) return (await import('./up-resume.ts')).resumeUp(args, sys);
    refuseMore(args.more);
    const [{ loadConfig }, { requestTunnel }, { planUp }, { printableCommand }, opening] = await Promise.all([
      import('../../config/load.ts'),
      import('../../ops/net/request.ts'),
      import('../../ops/net/up.ts'),
      import('../../ops/net/print-command.ts'),
      import('../../ops/net/open.ts'),
    ]);
    const config = await loadConfig(sys, args);
    const choices = createChoices();
    const started = sys.monotonic();
    const { helpByLabel } = await import('./up-help.ts');
    const helped = await helpByLabel(args, sys, config, async () =>
      planUp(sys, config.project.stateDir, requestTunnel(sys, args, config, createChoices())),
    );
    if (helped !== undefined) return report(sys, helped, 'service', sys.monotonic() - started);
    const request = requestTunnel(sys, args, config, choices);
    const { stateDir } = config.project;
    for (const warning of [...config.warnings, ...request.warnings]) sys.out.warn(warning);
    if (args.explain) return answer(sys, choices.chosen, renderChoices);
    if (args.printCommand) return answer(sys, await printableCommand(sys, stateDir, request), renderCommand);
    if (args.dryRun) return answer(sys, await planUp(sys, stateDir, request), renderPlan);
    sys.out.progress(`opening ${request.plan.label} …`);
    const open = args.foreground ? opening.openForeground : opening.openSession;
    const opened = await open(sys, stateDir, request);
    const took = sys.monotonic() - started;
    const say = () => report(sys, opened, request.require, took);
    if (opened.session === undefined) return say();
    // Told to end before there was a verdict: no news to whoever told it.
    return stay(sys, opened.session, opened.status.state === 'stopped' ? () => 0 : say);
  },
});

function refuseMore([extra]: readonly string[]): void {
  if (extra === undefined) return;
  throw new HotpassError('usage', `unexpected argument "${extra}"`, {
    hint: 'hotpass net up --help  (several names only with --resume)',
  });
}

function answer<T>(sys: System, value: T, render: (value: T, style: Style) => string): 0 {
  sys.out.result(value, render);
  return 0;
}

/** Stays with a session until its end, also with one that does not do what was required: that is said at once. */
async function stay(sys: System, session: NonNullable<UpResult['session']>, say: () => 0): Promise<0 | 1> {
  const { stayOpen } = await import('../../ops/net/open.ts');
  try {
    say();
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    sys.out.error(error);
    await stayOpen(session);
    return 1;
  }
  await stayOpen(session);
  return 0;
}

/** Says what is up. What is up and does not do what was required is shown, and an error all the same. */
function report(sys: System, opened: UpResult, requirement: Requirement, tookMs: number): 0 {
  const { outcome, status, moved } = opened;
  const problem = judgeStatus(status, requirement);
  if (problem === undefined || !sys.out.json) {
    sys.out.result({ outcome, moved, ...status }, (_, style) =>
      renderUp(opened, tookMs, problem === undefined, style),
    );
  }
  for (const warning of status.forwards.flatMap(({ warnings }) => warnings)) sys.out.warn(warning);
  if (problem !== undefined) throw problem;
  return 0;
}
