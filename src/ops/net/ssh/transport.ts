import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HotpassError, isErrno } from '../../../errors.ts';
import type { Environment, System } from '../../../system.ts';
import type { Attendance } from '../../supervisor/attendance.ts';
import { endStrays } from '../../supervisor/strays.ts';
import { dialSocket } from '../dial.ts';
import { findListeners } from '../listening/unix-listeners.ts';
import type { Forward, Gateway } from '../plan.ts';
import type { OpenTransport, Transport } from '../transport.ts';
import { sshArgv } from './argv.ts';
import { openAsking } from './asking.ts';
import { admitUs, makeAttemptFolder } from './attempt-folder.ts';
import { diagnoseSsh } from './diagnose.ts';
import { endChild } from './end-child.ts';
import { FORWARD_FAILURE, isWithoutOurs } from './forward-failure.ts';
import type { Inherited } from './inherited.ts';
import { chooseMode } from './login-mode.ts';
import { writeOwnConfig } from './own-config.ts';
import { createPulse } from './pulse.ts';
import { readRefusal } from './refusal.ts';
import { watchStops } from './stopped.ts';
import { waitForFiles } from './wait-for-files.ts';

/** How long the end of ssh is waited for where the system does not show it coming. */
const BREAKING_MS = 20;
/** Lines of ssh's stderr that are kept to say why it ended. */
const KEPT_LINES = 40;
const PULSE_SOCKET = 'pulse.sock';

export interface SshTransport {
  readonly gateway: Gateway;
  readonly forwards: readonly Forward[];
  /** What ssh_config adds, as far as it was known before the start. */
  readonly inherited: Inherited;
  /** Private folder of the session; ssh's sockets are made in it. */
  readonly folder: string;
  /** Stands in the environment too. */
  readonly nonce: string;
  /** Environment of ssh; holds the session's nonce. */
  readonly env: Environment;
  /** Who may be asked what ssh asks. */
  readonly attendance: Attendance;
  /** Told each line that ssh says. */
  readonly onLine: (line: string) => void;
  readonly log: (text: string) => void;
}

type SshSystem = Pick<
  System,
  'processes' | 'program' | 'sleep' | 'uid' | 'platform' | 'pid' | 'signalProcess'
>;

/** Makes a transport that runs the system's own ssh, each forward on a private unix socket. */
export function createSshTransport(sys: SshSystem, ssh: SshTransport): Transport {
  const { gateway } = ssh;
  const through = `ssh to ${gateway.user === undefined ? '' : `${gateway.user}@`}${gateway.host}`;
  let attempt = 0;
  // A forward of ssh_config that another program holds is no reason to be without ours. Where there is none, ssh goes
  // by its stricter rule: it does not even log in to a server whose host key has changed.
  let isTolerant = ssh.inherited.forwards.length > 0;
  const openOnce = async (signal: AbortSignal) => {
    attempt += 1;
    if (attempt > 1 && ssh.inherited.isProxied) await endProxies();
    const folder = join(ssh.folder, String(attempt));
    await makeAttemptFolder(folder, sys.uid);
    try {
      return await openSsh(sys, ssh, { folder, isTolerant }, signal);
    } catch (error) {
      // Of an ssh that never ran too: there may be a try each half minute, for days.
      await rm(folder, { recursive: true, force: true }).catch(() => {
        // It goes with the session's folder; the reason must not be lost over it.
      });
      throw error;
    }
  };
  return {
    through,
    async open(signal) {
      try {
        const way = await openOnce(signal);
        void way.lost.then(tolerate);
        return way;
      } catch (error) {
        if (!tolerate(error)) throw error;
        return openOnce(signal);
      }
    },
  };

  /** A ProxyCommand may outlive its ssh, and there is one more at each try. */
  function endProxies(): Promise<unknown> {
    return endStrays(sys, { id: basename(ssh.folder), nonce: ssh.nonce });
  }

  /** ssh_config may have got its forward after the session began. */
  function tolerate(error: unknown): boolean {
    if (isTolerant || !(error instanceof HotpassError && error.code === 'forward-refused')) return false;
    isTolerant = true;
    return true;
  }
}

async function openSsh(
  sys: SshSystem,
  ssh: SshTransport,
  { folder, isTolerant }: { readonly folder: string; readonly isTolerant: boolean },
  signal: AbortSignal,
): Promise<OpenTransport> {
  const lines: string[] = [];
  const listeners = new Set<(why: string) => void>();
  // ssh reads % and $ in a socket's path, and the system limits its length: a short path, relative to where ssh starts.
  // The session's id stands in it so that a process list tells whose ssh this is.
  const session = basename(ssh.folder);
  const attempt = basename(folder);
  const socketName = (forward: Forward) => `${ssh.forwards.indexOf(forward)}.sock`;
  const near = (name: string) => `../${session}/${attempt}/${name}`;
  const hasJump = ssh.inherited.hasJump || ssh.gateway.jump.length > 0;
  const mode = await chooseMode(sys, ssh, hasJump || ssh.inherited.isProxied);
  const own = hasJump ? await writeOwnConfig(folder, near, ssh.gateway, mode) : undefined;
  const gateway = own?.gateway ?? ssh.gateway;
  const pulse = createPulse(join(folder, PULSE_SOCKET));
  const start = { mode, isTolerant, pulse: near(PULSE_SOCKET) };
  const asking = await openAsking(sys, ssh, folder, mode !== 'unattended');
  const child = await sys.processes
    .start(
      sshArgv(gateway, ssh.forwards, (forward) => near(socketName(forward)), start),
      {
        env: { ...ssh.env, ...asking.env },
        cwd: ssh.folder,
        endWithParent: true,
        onLine: (said) => {
          if (pulse.isAnswer(said)) return;
          const line = own?.rename(said) ?? said;
          if (isTolerant && isWithoutOurs(line, near(''))) void endChild(sys, child);
          else if (isTolerant && FORWARD_FAILURE.test(line)) return ssh.onLine(line);
          lines.push(line);
          if (lines.length > KEPT_LINES) lines.shift();
          asking.said(line);
          const refusal = readRefusal(line);
          if (refusal !== undefined) for (const tell of listeners) tell(refusal);
          ssh.onLine(line);
        },
      },
    )
    .catch(asking.abandon);
  asking.began(child.pid);
  void asking.givenUp.then(() => endChild(sys, child));
  let closing = false;
  let wasOpen = false;
  let unfit: string | undefined;
  const lost = child.exited.then(async (end) => {
    asking.close();
    await rm(folder, { recursive: true, force: true }).catch(() => {
      // A folder that stays is removed with the session's; the reason for the end must not be lost over it.
    });
    if (closing) return new HotpassError('interrupted', 'ssh was told to end');
    if (unfit !== undefined) return new HotpassError('ssh-failed', unfit);
    return asking.explain(diagnoseSsh({ lines, ...end, wasOpen }, ssh.gateway));
  });
  const close = async () => {
    closing = true;
    await endChild(sys, child);
    await lost;
  };
  const sockets = [...ssh.forwards.map(socketName), PULSE_SOCKET].map((name) => join(folder, name));
  const decided = new AbortController();
  // ssh opens its listeners in the order of the command line, after the login.
  const waiting = waitForFiles(sys, sockets, AbortSignal.any([signal, decided.signal]));
  const outcome = await Promise.race([lost, waiting]);
  decided.abort();
  if (outcome !== 'there') {
    await close();
    throw outcome === 'aborted' ? new HotpassError('interrupted', 'the login was given up') : outcome;
  }
  wasOpen = true;
  asking.loggedIn();
  await Promise.all(sockets.map(admitUs));
  const endIfStopped = watchStops(sys, child, () => {
    unfit = 'ssh was stopped';
    return endChild(sys, child);
  });
  return {
    async dial(forward, receive) {
      await endIfStopped();
      try {
        return await dialSocket({ path: join(folder, socketName(forward)) }, receive);
      } catch (error) {
        // Somebody tidied the folder up, or ssh is dying: either way this ssh takes nobody any more.
        if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ECONNREFUSED')) {
          if (child.isEnding() === false) unfit ??= 'the sockets of ssh were removed';
          void endChild(sys, child);
          // Waited for: its client is then held for the next ssh, however long this one takes to go.
          await lost;
        }
        throw error;
      }
    },
    lost,
    async isBreaking() {
      if (child.isEnding()) return true;
      // Told to end, or left by its server, ssh closes its sockets some time before it exits, those that listen first.
      const listeners = await findListeners(near(PULSE_SOCKET));
      if (listeners !== undefined) return listeners.length === 0;
      return Promise.race([lost.then(() => true), sys.sleep(BREAKING_MS).then(() => false)]);
    },
    answers: pulse.feel,
    evidence: () => `ssh pid ${child.pid}, keepalive every 5 s`,
    onRefusal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
  };
}
