import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openClient } from '../../real/support/clients.ts';
import { eventually, onlyPid } from '../../real/support/sandbox-processes.ts';
import { runtimeFiles } from '../../real/support/stage.ts';
import { openView } from '../../real/support/views.ts';
import { isPortOpen } from '../../support/ports.ts';
import { signalIfAlive } from '../../support/processes.ts';
import { type Fault, LOCAL_MS, type Scene } from './scene.ts';

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
      afterwards(() => signalIfAlive(supervisor, 'SIGCONT'));
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
      is('ready', { withinMs: LOCAL_MS, meanwhile: ['failed'] });
      await rm(join(stage.runtime, socket));
      await stay(3_000);
    },
  },
  {
    name: 'folder of all sockets removed',
    async play({ stage, is, heals }) {
      is('reconnecting', { withinMs: LOCAL_MS, meanwhile: ['failed'] });
      await rm(stage.runtime, { recursive: true });
      await heals(['failed']);
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
    async play(scene) {
      const { sshd, is, stay } = scene;
      is('reconnecting', { withinMs: LOCAL_MS });
      await sshd.halt();
      await stay(2_500);
      await takeDown(scene, []);
    },
  },
  {
    name: 'told to end, a client stays',
    async play(scene) {
      const client = await openClient(await localPort(scene));
      client.on('error', () => {});
      await takeDown(scene, ['--drain', '5s']);
      client.destroy();
    },
  },
  {
    name: 'seen from another container',
    async play({ is, stay, lookFrom, afterwards }) {
      const container = await openView({ namespaces: ['pid'] }, { onTestFinished: afterwards });
      is('elsewhere', { withinMs: LOCAL_MS, unproven: true });
      lookFrom(container);
      await stay(4_000);
      is('ready', { withinMs: LOCAL_MS });
      lookFrom();
    },
  },
];

/** A session that is told to end stops listening first: from then on it is stopped, whatever still runs. */
async function takeDown(scene: Scene, args: readonly string[]): Promise<void> {
  const port = await localPort(scene);
  const down = scene.stage.net(['down', ...args]);
  await eventually('the end of listening', async () => !(await isPortOpen(port)));
  scene.is('stopped', { withinMs: LOCAL_MS, meanwhile: ['nothing', 'failed'] });
  const { code, stderr } = await down;
  scene.is('nothing', { withinMs: LOCAL_MS });
  if (code !== 0) throw new Error(`net down: ${stderr}`);
}

async function localPort({ stage }: Scene): Promise<number> {
  const [session] = await stage.records();
  const port = session?.forwards[0]?.localPort;
  if (port === undefined) throw new Error('the session has no forward');
  return port;
}
