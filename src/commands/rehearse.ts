import { defineCommand } from '../command.ts';
import { HotpassError } from '../errors.ts';
import type { Kept } from '../ops/rehearse/keep.ts';
import type { RehearsalPlace } from '../ops/rehearse/place.ts';
import type { System } from '../system.ts';
import { adviseKept, renderKept } from './render-rehearse.ts';

const FOR_MS = 8 * 3_600_000;
const FAULT_MS = 10_000;

/** Stands a staging of our own up on this machine. */
export const rehearse = defineCommand({
  path: 'rehearse',
  summary: 'Try everything on a built-in staging, with nothing but Node',
  posixOnly: true,
  details: [
    '`--keep` starts one background process that plays a staging on loopback: an AWS account with its Systems Manager and one managed instance, and behind the agent of that instance a Prefect, a Marquez and the private endpoint of a Kubernetes cluster. It prints the lines that lead a shell there, and a second `--keep` finds the first and prints the same. `net up`, `aws check` and kubectl then work at once, by the real protocols and with credentials that are good nowhere else.',
    'The lines are for one shell: in it, hotpass reads and writes nothing of your own, neither config, state, ports nor sessions, and kubectl has a kubeconfig of its own, because the files and XDG folders of that shell are those of the rehearsal. `rehearse --end` ends its sessions and leaves nothing behind; so does the end of its time (`--for`).',
    '`--fault` lets something go wrong: `cut` kills the sockets of every session, `bye` closes them as the service does about once an hour, `expire` lets the credentials expire, `away` takes the message gateway away; `clock` sets the clock of AWS ten minutes ahead; `forget` takes the role out of the cluster, `hang` lets the Kubernetes API take questions and not answer, `untrust` gives it a certificate of another authority; `restore` puts all of it right again.',
    'This version plays no whole day yet: one of `--keep`, `--fault` and `--end` must be given.',
  ],
  guard: { why: 'all of its staging is on this machine' },
  options: {
    keep: { type: 'boolean', describe: 'Let it stand in the background and print what a shell needs' },
    for: { type: 'duration', describe: 'How long it stands unless it is ended before', fallback: '8h' },
    fault: {
      type: 'string',
      describe: 'Let something go wrong in the one that stands',
      choices: ['cut', 'bye', 'expire', 'away', 'clock', 'forget', 'hang', 'untrust', 'restore'],
    },
    end: { type: 'boolean', describe: 'End it, with all sessions that go there' },
    foreground: {
      type: 'boolean',
      describe: 'With --keep: stay in this process until Ctrl-C',
      advanced: true,
    },
  },
  examples: [
    ['hotpass rehearse --keep', 'Start a staging and print what a shell needs to go there'],
    ['hotpass rehearse --fault cut', 'Kill the sockets of its sessions, and see what net status says'],
    ['hotpass rehearse --end', 'End it and leave nothing behind'],
  ],
  async run(args, sys) {
    const wanted = [args.keep, args.fault, args.end].filter(Boolean);
    if (wanted.length !== 1) throw misused(wanted.length);
    const [{ rehearsalPlace }, { endRehearsal, keepRehearsal }] = await Promise.all([
      import('../ops/rehearse/place.ts'),
      import('../ops/rehearse/keep.ts'),
    ]);
    const place = rehearsalPlace(sys);
    const forMs = args.for ?? FOR_MS;
    if (args.end) tellEnd(sys, await endRehearsal(sys, place));
    else if (args.fault !== undefined) await letFail(sys, place, args.fault);
    else if (args.foreground) await play(sys, place, forMs);
    else tellKept(sys, await keepRehearsal(sys, place, forMs));
    return 0;
  },
});

function tellKept(sys: System, kept: Kept): void {
  sys.out.result({ outcome: kept.outcome, ...kept.rehearsal }, renderKept);
  for (const line of adviseKept(kept, sys.terminal.stdout)) sys.out.note(line);
}

function tellEnd(sys: System, ended: readonly string[] | undefined): void {
  sys.out.result({ wasThere: ended !== undefined, ended: ended ?? [] }, (value) =>
    value.wasThere
      ? [
          ...value.ended.map((label) => `${label} is down`),
          'the rehearsal is over; nothing of it is left',
        ].join('\n')
      : 'no rehearsal is running',
  );
}

async function letFail(sys: System, place: RehearsalPlace, fault: string): Promise<void> {
  const { askRehearsal } = await import('../ops/rehearse/control.ts');
  const { findRehearsal } = await import('../ops/rehearse/keep.ts');
  if ((await findRehearsal(sys, place)) === undefined) {
    throw new HotpassError('rehearsal-missing', 'no rehearsal is running', {
      hint: 'hotpass rehearse --keep',
    });
  }
  const said = await askRehearsal(place.socket, { op: 'fault', fault }, FAULT_MS);
  sys.out.result({ fault, said }, (value) => String(value.said));
}

async function play(sys: System, place: RehearsalPlace, forMs: number): Promise<void> {
  const { findRehearsal } = await import('../ops/rehearse/keep.ts');
  const found = await findRehearsal(sys, place);
  if (found !== undefined) return tellKept(sys, { outcome: 'found', rehearsal: found });
  const [{ playRehearsal }, { startStaging }] = await Promise.all([
    import('../ops/rehearse/play.ts'),
    import('../rehearsal/index.ts'),
  ]);
  const onReady = (rehearsal: Kept['rehearsal']) => tellKept(sys, { outcome: 'started', rehearsal });
  await playRehearsal(sys, { place, forMs, start: startStaging, onReady });
}

function misused(wanted: number): HotpassError {
  const what =
    wanted > 1
      ? '--keep, --fault and --end are done one at a time'
      : 'this version rehearses no whole day; it can keep a staging';
  return new HotpassError('usage', what, { hint: 'hotpass rehearse --keep' });
}
