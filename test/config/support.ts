import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Config, loadConfig } from '../../src/config/load.ts';
import { HotpassError } from '../../src/errors.ts';
import type { Environment } from '../../src/system.ts';

/** What a test says about one run; everything else is as on a plain machine. */
interface Run {
  readonly cwd?: string;
  readonly env?: Environment;
  readonly home?: string;
  readonly uid?: number;
  readonly config?: string;
  readonly stateDir?: string;
  readonly target?: string;
}

export interface Machine {
  readonly top: string;
  readonly home: string;
  /** A git root inside home. */
  readonly project: string;
  write(file: string, text: string | Uint8Array): Promise<string>;
  load(run?: Run): Promise<Config>;
  /** Loads and gives back the error; fails when there is none. */
  fail(run?: Run): Promise<HotpassError>;
}

/** Makes a home with a project in a temporary folder, removed after the test. Relative files are the project's. */
export async function createMachine(): Promise<Machine> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'hpc-')));
  onTestFinished(() => rm(top, { recursive: true, force: true }));
  const home = join(top, 'home');
  const project = join(home, 'project');
  await mkdir(join(project, '.git'), { recursive: true });
  const load = (run: Run = {}): Promise<Config> =>
    loadConfig(
      {
        cwd: run.cwd ?? project,
        env: run.env ?? {},
        home: run.home ?? home,
        uid: run.uid ?? process.getuid?.() ?? -1,
        platform: process.platform,
      },
      { config: run.config, stateDir: run.stateDir, target: run.target },
    );
  return {
    top,
    home,
    project,
    load,
    async write(file, text) {
      const path = join(project, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { mode: 0o644 });
      return path;
    },
    async fail(run) {
      const error: unknown = await load(run).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error instanceof HotpassError) return error;
      throw new Error(`expected a HotpassError, got ${String(error)}`);
    },
  };
}

/** A whole config as DESIGN shows it. */
export const EXAMPLE = `version: 1
targets:
  staging:
    aws: { profile: hotpass-staging, region: eu-west-1, accounts: ["123456789012"], roles: ["*DataOps*"] }
    eks: { cluster: hotpass-staging, context: hotpass-staging, namespace: hotpass }
    net:
      via: ssm                       # ssh-bastion | ssm | direct
      ssm: { instance: i-0abc… }     # or { tag: { Role: bastion } }
      ssh: { host: bastion.staging.internal, user: ec2-user, jump: [] }
      forwards:
        prefect: { host: prefect.staging.internal, port: 4200, probe: prefect }
        marquez: { host: marquez.staging.internal, port: 5000, probe: marquez }
        eks: {}                      # host from DescribeCluster; kubeconfig gets tls-server-name
    prefect: { profile: hotpass-staging }
    env: { set: { KEY: value }, secrets: { DB_PASSWORD: "ssm:/hotpass/db-password" } }
    arc: { owner: acme, repository: data, scaleSet: hotpass-arc, namespace: arc-runners }
    protected: false                 # true: changing verbs want --confirm <target>
    readOnly: false                  # true: changing verbs refuse
`;
