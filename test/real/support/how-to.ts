import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { builtProgram } from '../../support/hotpass.ts';
import { freePort } from '../../support/ports.ts';
import type { Sshd } from '../../support/sshd.ts';
import type { Stage } from './stage.ts';

/** The name that the pages give the bastion. */
const BASTION = 'bastion.staging.internal';

/** Reads the fenced blocks of a page, in one language, as they are written. */
export async function blocksOf(page: string, language: string): Promise<readonly string[]> {
  const text = await readFile(page, 'utf8');
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...text.matchAll(fence)].map(([, block]) => block ?? '');
}

/** What gives the names on a page a meaning on this machine. */
export interface Meaning {
  readonly sshd: Sshd;
  /** Port of Prefect on the far side, where a page leads there. */
  readonly service?: number;
  /** Forwards of the page, as they are on this machine. */
  readonly forwards?: object;
  /** Folder of the project, in which the page's hotpass.yaml lies. */
  readonly folder: string;
  /** Lines of the ssh config beside the address of the bastion. */
  readonly sshLines?: readonly string[];
}

/**
 * Gives the names that the pages use a meaning, where an operator's DNS and ssh_config would: nothing of a page is
 * changed for it. The personal file overrides the project's, and the user's own config names the ssh_config, which
 * ssh takes from the user database otherwise and not from HOME.
 */
export async function giveMeaning(stage: Stage, meaning: Meaning): Promise<void> {
  const sshConfig = join(stage.root, 'ssh_config');
  const lines = [`HostName 127.0.0.1`, `Port ${meaning.sshd.port}`, `HostKeyAlias ${BASTION}`];
  const quiet = ['IdentityAgent none', 'GlobalKnownHostsFile /dev/null'];
  const all = [...lines, ...quiet, ...(meaning.sshLines ?? [])];
  await writeFile(sshConfig, `Host ${BASTION}\n${all.map((line) => `  ${line}\n`).join('')}`);
  const net = {
    ssh: { user: userInfo().username },
    forwards: meaning.forwards ?? {
      prefect: { host: '127.0.0.1', port: meaning.service, local: await freePort() },
    },
  };
  await writeConfig(join(meaning.folder, 'hotpass.local.yaml'), net);
  await writeConfig(join(stage.home, '.config', 'hotpass', 'config.yaml'), {
    ssh: { configFile: sshConfig },
  });
}

/** The host key of the bastion, as a line of known_hosts under the name that the pages use. */
export function knownHost(line: string): string {
  return line.trim().replace(/^\S+/, BASTION);
}

/** Makes a folder with `hotpass` and `node` in it: what an installation puts on a PATH. Gives its path. */
export async function makeBin(stage: Stage): Promise<string> {
  const folder = join(stage.root, 'bin');
  await mkdir(folder);
  await symlink(builtProgram, join(folder, 'hotpass'));
  await symlink(process.execPath, join(folder, 'node'));
  return folder;
}

/** Puts a private key where a page wants it. */
export async function placeKey(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to);
  await chmod(to, 0o600);
}

/** YAML is a superset of JSON. */
async function writeConfig(file: string, net: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ version: 1, targets: { staging: { net } } }));
}
