import { isAbsolute, join } from 'node:path';
import { HotpassError } from '../errors.ts';
import { userDirs } from '../state/user-dirs.ts';
import type { System } from '../system.ts';
import type { DotenvFile } from './dotenv.ts';
import type { Layer, LayerKind } from './layer.ts';
import { findSource, mergeBlocks } from './merge.ts';
import type { Path } from './problems.ts';
import { type AskedProject, findProject, LOCAL_FILE, type Project } from './project.ts';
import { readTrusted, type TrustedFile } from './read-trusted.ts';
import type { TargetConfig } from './schema.ts';
import type { Setting } from './setting.ts';
import { chooseTarget, DEFAULT_TARGET, targetNames } from './target.ts';
import { type FindLayer, refuseCommands } from './trust.ts';

export type { Setting } from './setting.ts';

/** What the config layers say about one target. */
export interface Config {
  readonly project: Project;
  readonly target: Setting<string>;
  /** The target's block, all files merged leaf by leaf; empty without a file. */
  readonly values: TargetConfig;
  /** Tells where a value of `values` came from, as `file:line:column`. */
  origin(path: Path): string | undefined;
  /** Looks up a variable: the process environment first, then `.env` beside the config. Empty counts as absent. */
  variable(name: string): Setting<string> | undefined;
  readonly warnings: readonly string[];
}

/** What the command line says about config. */
export interface AskedConfig extends AskedProject {
  readonly target: string | undefined;
}

type ConfigSystem = Pick<System, 'cwd' | 'env' | 'home' | 'uid' | 'platform'>;

/**
 * Reads all config layers for one target. Never writes.
 * Throws `config-not-found`, `config-invalid`, `config-untrusted`, `target-unknown` and `label-invalid`.
 */
export async function loadConfig(sys: ConfigSystem, asked: AskedConfig): Promise<Config> {
  const project = await findProject(sys, asked);
  const [layers, dotenv] = await Promise.all([readLayers(sys, project), readDotenv(sys, project)]);
  const variable = (name: string): Setting<string> | undefined => {
    const value = sys.env[name];
    return value ? { value, origin: name } : dotenv?.variables.get(name);
  };
  const target = chooseTarget(layers, asked.target, variable('HOTPASS_TARGET'));
  const blocks = layers.map(({ file }) => ownTarget(file.targets, target.value));
  const find: FindLayer = (path) => {
    const layer = layers[findSource(blocks, path) ?? -1];
    return layer && { layer, position: layer.position(['targets', target.value, ...path]) };
  };
  const values = layers.length === 0 ? {} : await mergeTarget(blocks, target.value);
  refuseCommands(values, find);
  return {
    project,
    target,
    values,
    origin: (path) => find(path)?.position,
    variable,
    warnings: dotenv?.warnings ?? [],
  };
}

/**
 * Lists the targets that config files name. Never writes.
 * Throws `config-not-found`, `config-invalid` and `config-untrusted`.
 */
export async function listTargets(sys: ConfigSystem, asked: AskedProject): Promise<readonly string[]> {
  return targetNames(await readLayers(sys, await findProject(sys, asked)));
}

/**
 * Finds the target alone, for who looks for a session that is up: files are parsed only where one may name a default
 * target, and whether they list the target is not asked. Throws as `loadConfig`.
 */
export async function findTargetName(sys: ConfigSystem, asked: AskedConfig): Promise<string> {
  const given = asked.target ?? sys.env.HOTPASS_TARGET;
  if (given) return given;
  const project = await findProject(sys, asked);
  const [files, dotenv] = await Promise.all([readFiles(sys, project), readDotenv(sys, project)]);
  const variable = dotenv?.variables.get('HOTPASS_TARGET');
  if (variable !== undefined) return variable.value;
  if (maySay(files, /defaultTarget/)) return (await loadConfig(sys, asked)).target.value;
  return DEFAULT_TARGET;
}

/**
 * Reads the block of a target where a file may hold one of these words; undefined where none does, and then nothing is
 * parsed. Throws as `loadConfig`.
 */
export async function findBlock(
  sys: ConfigSystem,
  asked: AskedConfig & { readonly target: string },
  words: RegExp,
): Promise<TargetConfig | undefined> {
  if (!maySay(await readFiles(sys, await findProject(sys, asked)), words)) return undefined;
  return (await loadConfig(sys, asked)).values;
}

/** A key of YAML may be written with escapes. */
function maySay(files: readonly { readonly file: TrustedFile }[], words: RegExp): boolean {
  return files.some(({ file }) => words.test(file.text) || file.text.includes('\\'));
}

async function readLayers(sys: ConfigSystem, project: Project): Promise<readonly Layer[]> {
  const found = await readFiles(sys, project);
  if (found.length === 0) return [];
  const { parseLayer } = await import('./parse-layer.ts');
  return found.map(({ kind, file }) => parseLayer(kind, file));
}

/** Reads the files of the config, the strongest first. */
async function readFiles(
  sys: ConfigSystem,
  project: Project,
): Promise<readonly { readonly kind: LayerKind; readonly file: TrustedFile }[]> {
  const { configFile, configFolder } = project;
  const userFile = userConfig(sys);
  const paths: readonly (readonly [LayerKind, string | undefined])[] = [
    ['local', configFolder && join(configFolder, LOCAL_FILE)],
    // The user's own file stays the user's own when --config names it.
    ['project', configFile === userFile ? undefined : configFile],
    ['user', userFile],
  ];
  const read = paths.map(async ([kind, path]) => ({ kind, file: path && (await readTrusted(sys, path)) }));
  return (await Promise.all(read)).flatMap(({ kind, file }) => (file ? [{ kind, file }] : []));
}

/** Without a home there is no such file: a relative path would find one in the current folder. */
function userConfig(sys: ConfigSystem): string | undefined {
  const path = join(userDirs(sys).config, 'config.yaml');
  return isAbsolute(path) ? path : undefined;
}

async function readDotenv(sys: ConfigSystem, { configFolder }: Project): Promise<DotenvFile | undefined> {
  if (configFolder === undefined) return undefined;
  const file: TrustedFile | undefined = await readTrusted(sys, join(configFolder, '.env'));
  // Most .env files are not about hotpass, and then the parser is not worth loading.
  if (!file?.text.includes('HOTPASS_')) return undefined;
  const { parseDotenv } = await import('./dotenv.ts');
  return parseDotenv(file);
}

/** Checks the merged block with the schema again: layers that are valid alone must be so together. */
async function mergeTarget(blocks: readonly unknown[], target: string): Promise<TargetConfig> {
  const { validate } = await import('../generated/config.js');
  const merged: unknown = { version: 1, targets: Object.fromEntries([[target, mergeBlocks(blocks)]]) };
  if (validate(merged)) return ownTarget(merged.targets, target) ?? {};
  throw new HotpassError('unexpected', `config layers of ${target} do not fit together`, {
    details: validate.errors,
  });
}

function ownTarget(
  targets: Readonly<Record<string, TargetConfig>> | undefined,
  name: string,
): TargetConfig | undefined {
  return targets !== undefined && Object.hasOwn(targets, name) ? targets[name] : undefined;
}
