import { defineCommand } from '../../command.ts';
import { renderStatus } from './render-status.ts';

/** Shows sessions. */
export const netStatus = defineCommand({
  path: 'net status',
  summary: 'Show whether tunnels work, layer by layer',
  posixOnly: true,
  details: [
    'Asks each background process to look now: nothing that is printed is older than 2 s. Three layers: the local port, the transport, and the service behind it, each with when and how it was seen.',
    'States: starting, ready, degraded (the tunnel works, a service behind it does not), reconnecting, needs-login, failed, stopped, and elsewhere for sessions of another machine or container that shares this folder.',
    'Exits 1 when a session that is shown is not ready. With no session at all it exits 0, unless one was asked for.',
  ],
  positionals: {
    labels: {
      type: 'string',
      describe: 'Sessions to show',
      repeat: true,
      complete: 'label',
      fallback: 'all',
    },
  },
  options: { all: { type: 'boolean', describe: 'Show the sessions of your other projects too' } },
  examples: [
    ['hotpass net status', 'Show every session of this project'],
    ['hotpass net status staging --json', 'Feed one session to a script'],
  ],
  async run(args, sys) {
    const [{ findProject }, { listSessions }] = await Promise.all([
      import('../../config/project.ts'),
      import('../../ops/net/list-sessions.ts'),
    ]);
    const { stateDir } = await findProject(sys, args);
    const asked = { labels: args.labels, target: args.target, all: args.all === true };
    const list = await listSessions(sys, stateDir, asked);
    sys.out.result(list, (value, style) => renderStatus(value, sys.now(), style));
    return [...list.sessions, ...list.others].every(({ state }) => state === 'ready') ? 0 : 1;
  },
});
