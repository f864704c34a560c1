import { realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HotpassError, isErrno, messageOf } from '../errors.ts';
import type { System } from '../system.ts';
import { isInside, resolvePath, showPath } from './paths.ts';

/** The folder that a verb works for, and where its config and state are. */
export interface Project {
  /** Folder of the config, else the git root, else the current folder. */
  readonly root: string;
  /** Absolute; it may not exist yet. */
  readonly stateDir: string;
  /** Absolute path of `hotpass.yaml`, or of the file that `--config` names. */
  readonly configFile: string | undefined;
  /** Folder that holds `hotpass.yaml` or `hotpass.local.yaml`, and `.env`. */
  readonly configFolder: string | undefined;
}

/** What the command line says about where things are. */
export interface AskedProject {
  readonly config: string | undefined;
  readonly stateDir: string | undefined;
}

const CONFIG_FILE = 'hotpass.yaml';
/** Name of the personal config file beside it. */
export const LOCAL_FILE = 'hotpass.local.yaml';

/**
 * Finds the project without reading any file's content, so that verbs which only need the state folder
 * work beside a broken config. Throws `config-not-found`.
 */
export async function findProject(
  sys: Pick<System, 'cwd' | 'env' | 'home'>,
  asked: AskedProject,
): Promise<Project> {
  const folders = searchedFolders(sys);
  const configFile = namedConfig(sys, asked.config) ?? firstWith(CONFIG_FILE, folders);
  // A personal file alone counts too, but never hides a hotpass.yaml further up.
  const found = configFile ?? firstWith(LOCAL_FILE, folders);
  const configFolder = found === undefined ? undefined : dirname(found);
  const root = configFolder ?? gitRoot(sys.cwd) ?? sys.cwd;
  const wanted = asked.stateDir ?? (sys.env.HOTPASS_STATE_DIR || undefined);
  const stateDir = wanted === undefined ? join(root, '.hotpass') : resolvePath(wanted, sys.cwd, sys.home);
  return { root, stateDir, configFile, configFolder };
}

function namedConfig(
  sys: Pick<System, 'cwd' | 'env' | 'home'>,
  flag: string | undefined,
): string | undefined {
  const name = flag ?? (sys.env.HOTPASS_CONFIG || undefined);
  if (name === undefined) return undefined;
  const path = resolvePath(name, sys.cwd, sys.home);
  if (exists(path)) return path;
  const origin = flag === undefined ? 'HOTPASS_CONFIG' : '--config';
  throw new HotpassError('config-not-found', `${origin} names ${showPath(path, sys)}, which does not exist`, {
    hint:
      flag === undefined
        ? 'unset HOTPASS_CONFIG, or let it name a file'
        : 'leave --config out, or name a file',
    details: { file: path, origin },
  });
}

/** The current folder and those above it, up to the git root or home; under neither, the current one only. */
function searchedFolders(sys: Pick<System, 'cwd' | 'home'>): readonly string[] {
  const home = realHome(sys.home);
  const git = gitRoot(sys.cwd);
  const inHome = home !== undefined && isInside(sys.cwd, home) ? home : undefined;
  // The nearer of the two bounds the search.
  const bound =
    git !== undefined && inHome !== undefined ? (git.length > inHome.length ? git : inHome) : (git ?? inHome);
  return bound === undefined ? [sys.cwd] : ancestors(sys.cwd).filter((folder) => isInside(folder, bound));
}

/** A home of `/`, as some service users have, would make every folder of the machine one's own. */
function realHome(home: string): string | undefined {
  if (home === '') return undefined;
  const path = realPath(home);
  return path === '/' ? undefined : path;
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // A home that does not exist bounds nothing.
    return path;
  }
}

function gitRoot(cwd: string): string | undefined {
  return ancestors(cwd).find((folder) => exists(join(folder, '.git')));
}

function firstWith(name: string, folders: readonly string[]): string | undefined {
  const folder = folders.find((each) => exists(join(each, name)));
  return folder === undefined ? undefined : join(folder, name);
}

function ancestors(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestors(above)];
}

// A handful of looks at folder entries: hops to the thread pool would cost more than they do, at every start.
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // A folder above that this user may not look into holds nothing for them.
    if (isErrno(error, 'ENOTDIR', 'EACCES')) return false;
    throw new HotpassError('config-invalid', `${path} cannot be looked at: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
