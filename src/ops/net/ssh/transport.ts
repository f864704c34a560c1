import { access, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HotpassError, isErrno } from '../../../errors.ts';
import type { Child, Environment, System } from '../../../system.ts';
import { dialSocket } from '../dial.ts';
import type { Forward, Gateway } from '../plan.ts';
import type { OpenTransport, Transport } from '../transport.ts';
import { sshArgv } from './argv.ts';
import { diagnoseSsh } from './diagnose.ts';
import { readRefusal } from './refusal.ts';

/** How often the sockets of a starting ssh are looked for. */
const LOOK_MS = 5;
/** How long ssh may take to end before it is killed. */
const END_MS = 2_000;
/** How long the end of ssh is waited for where the system does not show it coming. */
const BREAKING_MS = 20;
/** Lines of ssh's stderr that are kept to say why it ended. */
const KEPT_LINES = 40;

export interface SshTransport {
  readonly gateway: Gateway;
  readonly forwards: readonly Forward[];
  /** Private folder of the session; ssh's sockets are made in it. */
  readonly folder: string;
  /** Environment of ssh; holds the session's nonce. */
  readonly env: Environment;
  /** Told each line that ssh says. */
  readonly onLine: (line: string) => void;
}

/** Makes a transport that runs the system's own ssh, each forward on a private unix socket. */
export function createSshTransport(sys: Pick<System, 'processes' | 'sleep'>, ssh: SshTransport): Transport {
  const { gateway } = ssh;
  const through = `ssh to ${gateway.user === undefined ? '' : `${gateway.user}@`}${gateway.host}`;
  let attempt = 0;
  return {
    through,
    async open(signal) {
      attempt += 1;
      const folder = join(ssh.folder, String(attempt));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return openSsh(sys, ssh, folder, signal);
    },
  };
}

async function openSsh(
  sys: Pick<System, 'processes' | 'sleep'>,
  ssh: SshTransport,
  folder: string,
  signal: AbortSignal,
): Promise<OpenTransport> {
  const lines: string[] = [];
  const listeners = new Set<(why: string) => void>();
  // ssh reads % and $ in a socket's path, and the system limits its length: a short path, relative to where ssh starts.
  // The session's id stands in it so that a process list tells whose ssh this is.
  const session = basename(ssh.folder);
  const attempt = basename(folder);
  const socketName = (forward: Forward) => `${ssh.forwards.indexOf(forward)}.sock`;
  const child = await sys.processes.start(
    sshArgv(ssh.gateway, ssh.forwards, (forward) => `../${session}/${attempt}/${socketName(forward)}`),
    {
      env: ssh.env,
      cwd: ssh.folder,
      endWithParent: true,
      onLine: (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        const refusal = readRefusal(line);
        if (refusal !== undefined) for (const tell of listeners) tell(refusal);
        ssh.onLine(line);
      },
    },
  );
  let closing = false;
  let wasOpen = false;
  let lostSockets = false;
  const lost = child.exited.then(async (end) => {
    await rm(folder, { recursive: true, force: true }).catch(() => {
      // A folder that stays is removed with the session's; the reason for the end must not be lost over it.
    });
    if (closing) return new HotpassError('interrupted', 'ssh was told to end');
    if (lostSockets) return new HotpassError('ssh-failed', 'the sockets of ssh were removed');
    return diagnoseSsh({ lines, ...end, wasOpen }, ssh.gateway);
  });
  const close = async () => {
    closing = true;
    await endChild(sys, child);
    await lost;
  };
  const sockets = ssh.forwards.map((forward) => join(folder, socketName(forward)));
  const decided = new AbortController();
  const waiting = waitForFiles(sys, sockets, AbortSignal.any([signal, decided.signal]));
  const outcome = await Promise.race([lost, waiting]);
  decided.abort();
  if (outcome !== 'there') {
    await close();
    throw outcome === 'aborted' ? new HotpassError('interrupted', 'the login was given up') : outcome;
  }
  wasOpen = true;
  return {
    async dial(forward, receive) {
      try {
        return await dialSocket({ path: join(folder, socketName(forward)) }, receive);
      } catch (error) {
        // Somebody tidied the folder up, or ssh is dying: either way this ssh takes nobody any more.
        if (isErrno(error, 'ENOENT', 'ECONNREFUSED')) {
          lostSockets = child.isEnding() === false;
          void endChild(sys, child);
        }
        throw error;
      }
    },
    lost,
    async isBreaking() {
      const known = child.isEnding();
      if (known !== undefined) return known;
      return Promise.race([lost.then(() => true), sys.sleep(BREAKING_MS).then(() => false)]);
    },
    evidence: () => `ssh pid ${child.pid}, keepalive every 5 s`,
    onRefusal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
  };
}

async function waitForFiles(
  sys: Pick<System, 'sleep'>,
  files: readonly string[],
  signal: AbortSignal,
): Promise<'there' | 'aborted'> {
  // ssh opens its listeners in the order of the command line, after the login.
  for (const file of files) {
    while (!(await exists(file))) {
      if (signal.aborted) return 'aborted';
      await sys.sleep(LOOK_MS, signal);
    }
  }
  return 'there';
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function endChild(sys: Pick<System, 'sleep'>, child: Child): Promise<void> {
  child.kill('SIGTERM');
  // A stopped process takes SIGTERM only when it goes on.
  child.kill('SIGCONT');
  const waited = new AbortController();
  const inTime = await Promise.race([
    child.exited.then(() => true),
    sys.sleep(END_MS, waited.signal).then(() => false),
  ]);
  waited.abort();
  if (!inTime) child.kill('SIGKILL');
  await child.exited;
}
