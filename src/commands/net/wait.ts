import { defineCommand } from '../../command.ts';

const TIMEOUT_MS = 30_000;

/** Waits for a session. */
export const netWait = defineCommand({
  path: 'net wait',
  summary: 'Wait until a tunnel works, or is down',
  posixOnly: true,
  details: [
    'Opens and changes nothing: it waits for a session that another process opens, mends or closes, also for one that is not there yet. Exits 0 as soon as it is so, and 1 with `not-ready`, the reason and the next command when the time is over.',
    'A session that has failed ends the wait at once. One that needs a login is waited for, and a warning says what to type.',
  ],
  guard: { why: 'only looks' },
  positionals: {
    label: { type: 'string', describe: 'Session', complete: 'label', fallback: 'the target' },
  },
  options: {
    for: {
      type: 'string',
      describe: 'What to wait for',
      choices: ['ready', 'down'],
      fallback: 'ready',
    },
    timeout: { type: 'duration', describe: 'How long to wait', fallback: '30s' },
    require: {
      type: 'string',
      describe: 'What must work to be ready',
      choices: ['service', 'transport'],
      fallback: 'service',
    },
  },
  examples: [
    ['hotpass net wait staging --timeout 2m', 'Go on when the tunnel works'],
    ['hotpass net wait staging --for down', 'Go on when it is gone'],
  ],
  async run(args, sys) {
    const [{ findProject }, { findTarget }, { waitForSession }, { parseLabel }] = await Promise.all([
      import('../../config/project.ts'),
      import('./find-target.ts'),
      import('../../ops/net/watch/wait.ts'),
      import('../../ops/net/parse.ts'),
    ]);
    const { stateDir } = await findProject(sys, args);
    const began = sys.monotonic();
    const waited = await waitForSession(sys, stateDir, {
      label: parseLabel(args.label ?? (await findTarget(sys, args))),
      aim: args.for ?? 'ready',
      require: args.require ?? 'service',
      timeoutMs: args.timeout ?? TIMEOUT_MS,
    });
    const seconds = ((sys.monotonic() - began) / 1000).toFixed(1);
    sys.out.result(waited, ({ label, state }) => {
      return `${label} is ${state === 'stopped' ? 'down' : state} (waited ${seconds} s)`;
    });
    return 0;
  },
});
