import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onlyPid } from '../../real/support/sandbox-processes.ts';
import { runtimeFiles } from '../../real/support/stage.ts';
import { signalIfAlive } from '../../support/processes.ts';
import { type Fault, LOCAL_MS, SERVICE_MS, SILENT_MS } from './scene.ts';

/** What can happen to the way between ssh and sshd, and to both. */
export const faultsOfSsh: readonly Fault[] = [
  {
    name: 'ssh killed, five times',
    async play({ stage, is, heals, stay }) {
      for (let times = 0; times < 5; times += 1) {
        const ssh = await onlyPid(stage, 'ssh');
        is('reconnecting', { withinMs: LOCAL_MS });
        signalIfAlive(ssh, 'SIGKILL');
        await heals();
        await stay(1_000);
      }
    },
  },
  {
    name: 'ssh stopped',
    async play({ stage, is, heals, afterwards }) {
      const ssh = await onlyPid(stage, 'ssh');
      afterwards(async () => signalIfAlive(ssh, 'SIGCONT'));
      is('reconnecting', { withinMs: SERVICE_MS + LOCAL_MS });
      signalIfAlive(ssh, 'SIGSTOP');
      await heals();
    },
  },
  {
    name: 'far side frozen',
    async play({ sshd, is, heals }) {
      is('reconnecting', { withinMs: SILENT_MS });
      await sshd.freeze();
      await heals();
    },
  },
  {
    name: 'sshd away',
    async play({ sshd, is, heals, stay }) {
      is('reconnecting', { withinMs: LOCAL_MS });
      await sshd.halt();
      await stay(8_000);
      await sshd.restart();
      await heals();
    },
  },
  {
    name: 'sshd takes no logins, then ends the session',
    async play({ sshd, is, heals, stay }) {
      const sessions = await sshd.sessionPids();
      is('ready', { withinMs: LOCAL_MS });
      signalIfAlive(sshd.pid, 'SIGKILL');
      await stay(3_000);
      is('reconnecting', { withinMs: LOCAL_MS });
      for (const pid of sessions) signalIfAlive(pid, 'SIGKILL');
      await stay(4_000);
      await sshd.restart();
      await heals();
    },
  },
  {
    name: 'sshd says nothing at the login',
    async play({ sshd, is, heals, stay }) {
      const sessions = await sshd.sessionPids();
      is('reconnecting', { withinMs: LOCAL_MS });
      signalIfAlive(sshd.pid, 'SIGSTOP');
      for (const pid of sessions) signalIfAlive(pid, 'SIGKILL');
      await stay(6_000);
      signalIfAlive(sshd.pid, 'SIGCONT');
      await heals();
    },
  },
  {
    name: 'login refused',
    async play({ sshd, is, heals, stay }) {
      const keys = await readFile(sshd.authorizedKeys);
      await writeFile(sshd.authorizedKeys, '');
      // It is known only when a login was tried.
      is('needs-login', { withinMs: 2 * LOCAL_MS, meanwhile: ['reconnecting'] });
      await sshd.dropSessions();
      await stay(6_000);
      await writeFile(sshd.authorizedKeys, keys);
      // The way is open, and the services are asked.
      await heals(['reconnecting']);
    },
  },
  {
    name: 'host key changed',
    async play({ sshd, is, heals, stay }) {
      await writeFile(sshd.knownHosts, sshd.wrongHostKeyLine);
      is('reconnecting', { withinMs: LOCAL_MS });
      await sshd.dropSessions();
      await stay(5_000);
      await writeFile(sshd.knownHosts, sshd.hostKeyLine);
      await heals();
    },
  },
  {
    name: 'sockets of ssh removed',
    async play({ stage, is, heals }) {
      const folder = (await runtimeFiles(stage)).find((name) => !name.endsWith('.sock'));
      if (folder === undefined) throw new Error('the session has no folder');
      is('reconnecting', { withinMs: LOCAL_MS });
      await rm(join(stage.runtime, folder), { recursive: true });
      await heals();
    },
  },
  {
    name: 'network lost for 8 s',
    throughRelay: true,
    async play({ relay, is, heals, stay }) {
      is('reconnecting', { withinMs: SILENT_MS });
      relay.lose();
      await stay(8_000);
      await relay.pass();
      await heals();
    },
  },
  {
    name: 'network lost for 30 s',
    throughRelay: true,
    async play({ relay, is, heals, stay }) {
      is('reconnecting', { withinMs: SILENT_MS });
      relay.lose();
      await stay(30_000);
      await relay.pass();
      await heals();
    },
  },
  {
    name: 'network refuses',
    throughRelay: true,
    async play({ relay, is, heals, stay }) {
      is('reconnecting', { withinMs: LOCAL_MS });
      await relay.refuse();
      await stay(6_000);
      await relay.pass();
      await heals();
    },
  },
];
