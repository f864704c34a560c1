import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openClient } from '../../real/support/clients.ts';
import { onlyPid } from '../../real/support/sandbox-processes.ts';
import { runtimeFiles } from '../../real/support/stage.ts';
import { signalIfAlive } from '../../support/processes.ts';
import { type Fault, LOCAL_MS, type Scene } from './scene.ts';

/** How long a session may take to serve its control socket again: it looks after it every 5 s. */
const SOCKET_MS = 6_000;

/** What can happen to the background process, its files and its records. */
export const faultsOfSession: readonly Fault[] = [
  {
    name: 'background process killed',
    async play({ stage, up, is, heals, stay }) {
      const supervisor = await onlyPid(stage, 'supervisor');
      is('failed', { withinMs: LOCAL_MS });
      signalIfAlive(supervisor, 'SIGKILL');
      await stay(4_000);
      // The record of the dead one is replaced somewhere in between.
      is('starting', { withinMs: 5 * LOCAL_MS, meanwhile: ['failed', 'nothing'] });
      const opened = stage.net(up);
      await heals();
      await opened;
    },
  },
  {
    name: 'background process stopped',
    async play({ stage, is, heals, stay, afterwards }) {
      const supervisor = await onlyPid(stage, 'supervisor');
      afterwards(async () => signalIfAlive(supervisor, 'SIGCONT'));
      is('failed', { withinMs: LOCAL_MS });
      signalIfAlive(supervisor, 'SIGSTOP');
      await stay(7_000);
      signalIfAlive(supervisor, 'SIGCONT');
      await heals();
    },
  },
  {
    name: 'control socket removed',
    async play({ stage, is, stay }) {
      const socket = (await runtimeFiles(stage)).find((name) => name.endsWith('.sock'));
      if (socket === undefined) throw new Error('the session has no control socket');
      is('ready', { withinMs: SOCKET_MS, meanwhile: ['failed'] });
      await rm(join(stage.runtime, socket));
      await stay(SOCKET_MS + 2_000);
    },
  },
  {
    name: 'net.json removed',
    async play({ stage, is, stay }) {
      is('ready', { withinMs: LOCAL_MS });
      await rm(join(stage.state, 'net.json'));
      await stay(4_000);
    },
  },
  {
    name: 'state folder removed',
    async play({ stage, is, stay }) {
      is('ready', { withinMs: LOCAL_MS });
      await rm(stage.state, { recursive: true });
      await stay(4_000);
    },
  },
  {
    name: 'taken down during a break',
    async play({ stage, sshd, is, stay }) {
      is('reconnecting', { withinMs: LOCAL_MS });
      await sshd.halt();
      await stay(2_500);
      is('stopped', { withinMs: LOCAL_MS, meanwhile: ['nothing', 'failed'] });
      await stage.net(['down']);
      is('nothing', { withinMs: LOCAL_MS });
    },
  },
  {
    name: 'told to end, a client stays',
    async play(scene) {
      const { stage, is } = scene;
      const client = await openClient(await localPort(scene));
      client.on('error', () => {});
      is('stopped', { withinMs: LOCAL_MS });
      const down = await stage.net(['down', '--drain', '5s']);
      is('nothing', { withinMs: LOCAL_MS });
      client.destroy();
      if (down.code !== 0) throw new Error(`net down: ${down.stderr}`);
    },
  },
  {
    name: 'seen from another machine',
    async play({ stage, is, stay, lookWith }) {
      const file = join(stage.state, 'net.json');
      const records = await readFile(file, 'utf8');
      const runtime = join(stage.root, 'other');
      await mkdir(runtime, { mode: 0o700 });
      is('elsewhere', { withinMs: LOCAL_MS, meanwhile: ['failed'], unproven: true });
      lookWith({ XDG_RUNTIME_DIR: runtime });
      await writeFile(file, records.replace(/"host": ?"[^"]*"/, '"host":"other/0123456789abcdef"'));
      await stay(4_000);
      is('ready', { withinMs: LOCAL_MS, meanwhile: ['failed'] });
      await writeFile(file, records);
      lookWith({});
    },
  },
];

async function localPort({ stage }: Scene): Promise<number> {
  const [session] = await stage.records();
  const port = session?.forwards[0]?.localPort;
  if (port === undefined) throw new Error('the session has no forward');
  return port;
}
