import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const INSTALL = 'scripts/install-real-things.sh';
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where `scripts/install-real-things.sh` puts what does not come from the system's packages. */
const realFolder = process.env.HOTPASS_REAL ?? join(root, '.real');

/** A real program that a suite may need. */
export type RealThing =
  | 'sshd'
  | 'ssh'
  | 'ssh-agent'
  | 'prefect'
  | 'bash'
  | 'zsh'
  | 'strace'
  | 'ss'
  | 'ps'
  | 'lsof'
  | 'script'
  | 'unshare'
  | 'nsenter'
  | 'ip'
  | 'faketime'
  | 'mandoc'
  | 'mount'
  | 'cron'
  | 'curl'
  | 'openssl'
  | 'python3'
  | 'aws'
  | 'kubectl'
  | 'moto_server'
  | 'session-manager-plugin'
  | 'smux-peer'
  | Library;

/** What a program loads or starts by itself, and where it is below a folder of libraries. */
const LIBRARIES = {
  'libpam_wrapper.so': 'libpam_wrapper.so',
  'pam_matrix.so': 'pam_wrapper/pam_matrix.so',
  'ssh-sk-helper': 'openssh/ssh-sk-helper',
  'sk-dummy.so': 'openssh/regress/misc/sk-dummy/sk-dummy.so',
} as const;
type Library = keyof typeof LIBRARIES;

/** Things that are only ever taken from our own folder, and where they are in it. */
const OURS: ReadonlyMap<string, string> = new Map([
  ['prefect', 'venv/bin'],
  ['cron', 'cron/usr/sbin'],
  ['kubectl', 'kubectl/usr/bin'],
  ['aws', 'aws/bin'],
  ['moto_server', 'moto/bin'],
  ['session-manager-plugin', 'bin'],
  ['smux-peer', 'bin'],
]);

/** Says where a real program is; undefined when it is not installed. */
function findReal(thing: RealThing): string | undefined {
  if (isLibrary(thing)) return findLibrary(thing);
  const own = OURS.get(thing);
  const folders =
    own === undefined
      ? [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']
      : [join(realFolder, own)];
  return folders.map((folder) => join(folder, thing)).find(isExecutable);
}

function isLibrary(thing: RealThing): thing is Library {
  return Object.hasOwn(LIBRARIES, thing);
}

/** Debian has a folder for each kind of processor. */
function findLibrary(library: Library): string | undefined {
  const folders = readdirSync('/usr/lib').filter((name) => name.includes('-linux-gnu'));
  return ['', ...folders].map((name) => join('/usr/lib', name, LIBRARIES[library])).find(existsSync);
}

/** Returns the path of a real program, and throws when it is not installed. */
export function realPath(thing: RealThing): string {
  const path = findReal(thing);
  if (path === undefined) throw new Error(`${thing} is not installed: run ${INSTALL}`);
  return path;
}

/**
 * Declares a suite that stands on real programs. Where one is missing, the suite is skipped and its title says
 * which; with HOTPASS_NO_SKIP=1 it fails instead.
 */
export function describeReal(name: string, needs: readonly RealThing[], suite: () => void): void {
  const missing = needs.filter((thing) => findReal(thing) === undefined);
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  const title = `${name} (${missing.join(', ')} not installed: run ${INSTALL})`;
  const isForbidden = process.env.HOTPASS_NO_SKIP === '1';
  describe.skipIf(!isForbidden)(title, () => {
    it('finds every program that it needs', () => {
      throw new Error(`not installed: ${missing.join(', ')}; run ${INSTALL}`);
    });
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent or not for us: either way it cannot be run.
    return false;
  }
}
