import { defineCommand } from '../../command.ts';
import { openOptions } from './open-options.ts';

/** Runs a command with a session's ports. */
export const netExec = defineCommand({
  path: 'net exec',
  summary: 'Run a command with the tunnels it needs',
  posixOnly: true,
  passesExitCode: true,
  details: [
    'Opens the session if it is not up, waits until it works, runs the command, and passes on its exit code and the signals that it is sent. A session that was opened for this ends with the last command that uses it; one that was up before stays up. `net up` of the same label keeps it.',
    'The command gets the environment of the caller, and for each forward `HOTPASS_<NAME>_URL`, `HOTPASS_<NAME>_HOST` and `HOTPASS_<NAME>_PORT`: the name in capitals, `_` for what is no letter or digit. For a forward to a cluster `HOTPASS_<NAME>_TLS_SERVER_NAME` too, the host that its certificate is for. Besides `HOTPASS_TARGET`, `PREFECT_API_URL` for the forward whose probe is prefect (with several, the one of that name), and `OPENLINEAGE_URL` for marquez. Where the caller has another value, a note says that it is replaced.',
    'A session that is up is used as it is; flags that ask for another plan are refused. One that is reconnecting or degraded is waited for until `--timeout`. If hotpass is killed, the command is ended (on Linux) and so is a session that was opened for it.',
    'Where hotpass.yaml calls the target of the session `protected`, each command wants `--confirm TARGET`.',
    'stdin, stdout and stderr are those of the command. `--json` is for errors of hotpass itself, from before the command runs.',
  ],
  guard: {
    account: 'via ssm and with the forward eks, before a session is started',
    protected: 'always, also on a session that is up',
    why: 'the command may change anything, or just read: `readOnly` would refuse every query, and lets it be',
  },
  positionals: {
    target: { type: 'string', describe: 'Target of hotpass.yaml', complete: 'target', fallback: 'staging' },
  },
  options: openOptions,
  rest: 'COMMAND [ARGUMENT...]',
  examples: [
    ['hotpass net exec -- prefect deployment run daily/backfill', 'Run a command against staging'],
    [
      'hotpass net exec prod --timeout 2m -- sh -c \'curl -fsS "$HOTPASS_PREFECT_URL/api/health"\'',
      'Wait up to two minutes for the tunnel, and use its address in a shell',
    ],
    [
      'hotpass net exec --host bastion.staging.internal --forward db=db.staging.internal:5432 -- make migrate',
      'Open a tunnel without a config file, for one command',
    ],
  ],
  async run(args, sys) {
    if (args.explain) return (await import('./explain.ts')).explainOpening(args, sys);
    const { execCommand } = await import('../../ops/net/exec/exec.ts');
    return execCommand(sys, args);
  },
});
