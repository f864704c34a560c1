/**
 * An ssh to a jump host is started by ssh itself, which hands on nothing of our command line but `-F`. So where there
 * is one, ssh reads a file of ours, that holds what must be so on the whole way and then includes what it would read
 * anyway. It is read anew at each try, as ssh's own files are. Source: ssh.c of openssh-portable, jump_host.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HotpassError, isErrno, messageOf } from '../../../errors.ts';
import type { Gateway } from '../plan.ts';
import { hopOptions, type LoginMode } from './argv.ts';

const NAME = 'ssh_config';
const SYSTEM_CONFIG = '/etc/ssh/ssh_config';
const DEFAULT_KEYS = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk'];

/** A written file, and what comes of it. */
export interface OwnConfig {
  /** The gateway for an ssh that reads the file. */
  readonly gateway: Gateway;
  /** Puts the name that the operator knows in place of ours. */
  rename(line: string): string;
}

/**
 * Writes the file into a private folder that must be there; `near` gives a name in it as ssh is to read it. Throws
 * `ssh-config-invalid`.
 */
export async function writeOwnConfig(
  folder: string,
  near: (name: string) => string,
  gateway: Gateway,
  mode: LoginMode = 'unattended',
): Promise<OwnConfig> {
  const { identity, configFile, options } = gateway;
  const original = configFile ?? SYSTEM_CONFIG;
  // A copy: ssh is stricter about the owner and the mode of an included file than about one that it was given.
  const copy = join(folder, 'given_config');
  await writeFile(copy, await readConfig(original, configFile === undefined), { mode: 0o600 });
  const included =
    configFile === undefined ? ['~/.ssh/config', quoted(asPattern(copy))] : [quoted(asPattern(copy))];
  await writeFile(join(folder, NAME), ownConfig(gateway, included, mode), { mode: 0o600 });
  return {
    gateway: {
      ...gateway,
      configFile: near(NAME),
      // The key stands in the file; what it means for the bastion is not for jump hosts, whose keys an agent may hold.
      ...(identity === undefined ? {} : { identity: undefined, options: ['IdentitiesOnly=yes', ...options] }),
    },
    rename: (line) => line.replaceAll(copy, original),
  };
}

/** Builds the text of the file. Pure. */
export function ownConfig(
  { host, identity }: Pick<Gateway, 'host' | 'identity'>,
  included: readonly string[],
  mode: LoginMode = 'unattended',
): string {
  const isKeyNamed = identity !== undefined;
  return [
    // The ssh to the bastion itself has other values of some of these on its command line.
    ...hopOptions(mode).map((option) => option.replace('=', ' ')),
    ...(isKeyNamed ? [`IdentityFile ${quoted(identity.replaceAll('%', '%%'))}`] : []),
    ...included.map((file) => `Include ${file}`),
    // A named key makes ssh forget the default ones, and a jump host may want one of them.
    ...(isKeyNamed ? [`Match originalhost *,!${host}`] : []),
    ...(isKeyNamed ? DEFAULT_KEYS.map((type) => `  IdentityFile ~/.ssh/id_${type}`) : []),
    '',
  ].join('\n');
}

async function readConfig(file: string, mayBeAbsent: boolean): Promise<Buffer | string> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (mayBeAbsent && isErrno(cause, 'ENOENT')) return '';
    throw new HotpassError('ssh-config-invalid', `${file} cannot be read: ${messageOf(cause)}`, {
      cause,
      hint: 'mend that file; another one: --ssh-config FILE',
    });
  }
}

/** Include takes wildcards. */
function asPattern(path: string): string {
  return path.replace(/[\\[\]*?]/g, '\\$&');
}

function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}
