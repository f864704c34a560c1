import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BANNER_TIMEOUT_MS = 2_000;

/** The files of an ssh client that may use the servers of one test. */
export interface ClientFiles {
  /** Holds all of the following. */
  readonly folder: string;
  /**
   * For `ssh -F` and `hotpass --ssh-config`. Each server is there under its alias, and as `ALIAS-wrong-key` with a
   * key that it does not accept. Under its address, 127.0.0.1, it is offered no key but the one on the command line.
   */
  readonly configFile: string;
  /** Filled with the true host keys. */
  readonly knownHosts: string;
  /** A private key that the servers accept. */
  readonly identity: string;
  /** A private key that they do not accept. */
  readonly wrongIdentity: string;
  readonly authorizedKeys: string;
}

/** What a test may change in sshd_config. */
export interface ServerSettings {
  readonly allowTcpForwarding?: 'yes' | 'no' | 'local' | 'remote';
  /** `HOST:PORT` that may be forwarded to; everything when left out. */
  readonly permitOpen?: readonly string[];
  /** More lines, put first: sshd takes the first value of a setting. */
  readonly settings?: readonly string[];
}

/** Makes the client's folder, with keys and without servers. */
export async function createClientFiles(): Promise<ClientFiles> {
  // Short and directly under the temp folder: sockets beside these files must stay below 104 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'hps-'));
  const files: ClientFiles = {
    folder,
    configFile: join(folder, 'ssh_config'),
    knownHosts: join(folder, 'known_hosts'),
    identity: join(folder, 'id_ed25519'),
    wrongIdentity: join(folder, 'id_wrong'),
    authorizedKeys: join(folder, 'authorized_keys'),
  };
  const [key] = await Promise.all([makeKey(files.identity), makeKey(files.wrongIdentity)]);
  await writeFile(files.authorizedKeys, `${key}\n`, { mode: 0o600 });
  await writeFile(files.knownHosts, '', { mode: 0o600 });
  await writeFile(files.configFile, clientDefaults(files), { mode: 0o600 });
  return files;
}

/** Makes an ed25519 key without a passphrase and returns its public half, without the comment. */
export async function makeKey(path: string): Promise<string> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
  return (await readFile(`${path}.pub`, 'utf8')).trim();
}

/** Tells the client about one more server. */
export async function addToClient(
  files: ClientFiles,
  server: { alias: string; port: number; user: string; knownHost: string },
): Promise<void> {
  await appendFile(files.knownHosts, server.knownHost);
  const block = (alias: string, identity: string) =>
    `\nHost ${alias}\n  HostName 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n  IdentityFile ${identity}\n`;
  await appendFile(
    files.configFile,
    block(server.alias, files.identity) + block(`${server.alias}-wrong-key`, files.wrongIdentity),
  );
}

/** Writes sshd_config into the server's folder and returns its path. */
export async function writeServerConfig(
  program: string,
  own: string,
  port: number,
  files: ClientFiles,
  options: ServerSettings,
): Promise<string> {
  const path = join(own, 'sshd_config');
  const lines = [
    ...(options.settings ?? []),
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(own, 'host_key')}`,
    `PidFile ${join(own, 'sshd.pid')}`,
    `AuthorizedKeysFile ${files.authorizedKeys}`,
    `AllowTcpForwarding ${options.allowTcpForwarding ?? 'yes'}`,
    `PermitOpen ${options.permitOpen?.join(' ') ?? 'any'}`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin yes',
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'MaxStartups 200',
    'MaxSessions 200',
    'LogLevel VERBOSE',
  ];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  // OpenSSH 9.8 shuts out an address after a few failed logins, and all tests share one; older ones refuse the word.
  const knowsPenalties = await run(program, ['-t', '-f', path, '-o', 'PerSourcePenalties=no']).then(
    () => true,
    () => false,
  );
  if (knowsPenalties) await appendFile(path, 'PerSourcePenalties no\n');
  return path;
}

/** Tells whether an SSH server greets on the port. */
export function readsBanner(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: BANNER_TIMEOUT_MS });
    const end = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.once('data', (chunk) => end(chunk.toString('latin1').startsWith('SSH-2.0-')));
    socket.once('close', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

function clientDefaults(files: ClientFiles): string {
  return `Host *
  IdentityFile none
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${files.knownHosts}
  GlobalKnownHostsFile /dev/null
  HashKnownHosts no
`;
}
