// A real OpenSSH server on loopback. Everything that it and its clients read lies in one folder under the system's
// temp folder; ssh ignores $HOME, so clients must be given `configFile` (ssh -F, hotpass --ssh-config).
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { descendantsOf, endProcess, signalIfAlive, waitUntilGone } from './processes.ts';
import { realPath } from './real.ts';
import {
  addToClient,
  type ClientFiles,
  createClientFiles,
  makeKey,
  readsBanner,
  type ServerSettings,
  writeServerConfig,
} from './sshd-files.ts';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
const START_ATTEMPTS = 5;

/** What a test may want of a server. */
export interface StartSshd extends ServerSettings {
  /** Name in the client's config file. Default `bastion`. */
  readonly alias?: string;
  /** Added to the environment of sshd. */
  readonly env?: Readonly<Record<string, string>>;
  /** Puts this server into the client files of another one: same config file, known_hosts and keys. For jumps. */
  readonly joins?: Sshd;
}

/** A running server. */
export interface Sshd extends ClientFiles {
  readonly alias: string;
  readonly port: number;
  readonly user: string;
  /** The listener's process id. Changes with `restart`. */
  readonly pid: number;
  /** `[127.0.0.1]:PORT ssh-ed25519 …` and a newline, as it stands in known_hosts. */
  readonly hostKeyLine: string;
  /** The same with a key that this server does not have: alone in known_hosts, the host key "has changed". */
  readonly wrongHostKeyLine: string;
  /** What sshd has said since the start. */
  log(): Promise<string>;
  /** The processes that serve connections; without the listener and without zombies. */
  sessionPids(): Promise<readonly number[]>;
  /** Kills the processes that serve connections. The listener stays. */
  dropSessions(): Promise<void>;
  /** Stops the processes that serve connections, so that the far side falls silent. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends the listener and every session, waits until they are gone, and keeps the files for `restart`. */
  halt(): Promise<void>;
  /** `halt`, then starts again on the same port with the same keys. */
  restart(): Promise<void>;
  /** `halt`, then removes the files. May be called twice. */
  stop(): Promise<void>;
}

/** Starts sshd on a free port of 127.0.0.1 for the user who runs the test. */
export async function startSshd(options: StartSshd = {}): Promise<Sshd> {
  const program = realPath('sshd');
  const files = options.joins ?? (await createClientFiles());
  const alias = options.alias ?? 'bastion';
  const user = userInfo().username;
  const own = join(files.folder, alias);
  await mkdir(own, { mode: 0o700 });
  const [hostKey, wrongHostKey] = await Promise.all([
    makeKey(join(own, 'host_key')),
    makeKey(join(own, 'wrong_host_key')),
  ]);
  // Privilege separation, only used when root starts sshd, wants this folder; Debian makes it at boot.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });

  const logFile = join(own, 'sshd.log');
  const start = async (port: number) => {
    const config = await writeServerConfig(program, own, port, files, options);
    return await spawnListener(program, config, logFile, port, options.env);
  };
  const { port, child } = await startOnFreePort(start);
  let listener = child;
  const lineOf = (key: string) => `[127.0.0.1]:${port} ${key}\n`;
  await addToClient(files, { alias, port, user, knownHost: lineOf(hostKey) });

  const sessionPids = () => descendantsOf(pidOf(listener));
  const signalSessions = async (signal: NodeJS.Signals) => {
    for (const pid of await sessionPids()) signalIfAlive(pid, signal);
  };
  const killAtExit = () => listener.kill('SIGKILL');
  process.once('exit', killAtExit);
  const halt = async () => {
    // A stopped listener takes no connection between the look at its children and its end.
    listener.kill('SIGSTOP');
    const sessions = await sessionPids();
    await endProcess(listener);
    for (const pid of sessions) signalIfAlive(pid, 'SIGKILL');
    await Promise.all(sessions.map(waitUntilGone));
    process.off('exit', killAtExit);
  };

  return {
    folder: files.folder,
    configFile: files.configFile,
    knownHosts: files.knownHosts,
    identity: files.identity,
    wrongIdentity: files.wrongIdentity,
    authorizedKeys: files.authorizedKeys,
    alias,
    port,
    user,
    get pid() {
      return pidOf(listener);
    },
    hostKeyLine: lineOf(hostKey),
    wrongHostKeyLine: lineOf(wrongHostKey),
    log: () => readFile(logFile, 'utf8'),
    sessionPids,
    dropSessions: () => signalSessions('SIGKILL'),
    freeze: () => signalSessions('SIGSTOP'),
    thaw: () => signalSessions('SIGCONT'),
    halt,
    restart: async () => {
      await halt();
      listener = await start(port);
      process.once('exit', killAtExit);
    },
    stop: async () => {
      await halt();
      await rm(options.joins === undefined ? files.folder : own, { recursive: true, force: true });
    },
  };
}

async function startOnFreePort(start: (port: number) => Promise<ChildProcess>) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, child: await start(port) };
    } catch (error) {
      // The port may have been taken between the look and the bind.
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function spawnListener(
  program: string,
  configFile: string,
  logFile: string,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(program, ['-D', '-e', '-f', configFile], {
    stdio: ['ignore', 'ignore', log],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  let problem: Error | undefined;
  child.once('error', (error) => {
    problem = error;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (problem === undefined && child.exitCode === null && child.signalCode === null) {
    if (await readsBanner(port)) return child;
    if (Date.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  child.kill('SIGKILL');
  throw new Error(`sshd did not start: ${await readFile(logFile, 'utf8')}`, { cause: problem });
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('sshd has no process id');
  return child.pid;
}
