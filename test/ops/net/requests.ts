import { createChoices } from '../../../src/config/choose.ts';
import type { Config } from '../../../src/config/load.ts';
import type { TargetConfig } from '../../../src/config/schema.ts';
import { HotpassError } from '../../../src/errors.ts';
import { requestTunnel, type UpArgs } from '../../../src/ops/net/request.ts';

const sys = { cwd: '/home/op', home: '/home/op' };
const NOTHING: UpArgs = {
  via: undefined,
  host: undefined,
  sshUser: undefined,
  sshPort: undefined,
  identity: undefined,
  jump: [],
  sshOption: [],
  sshConfig: undefined,
  instance: undefined,
  profile: undefined,
  region: undefined,
  roleArn: undefined,
  reason: undefined,
  channels: undefined,
  eksCluster: undefined,
  ssmClient: undefined,
  forward: [],
  label: undefined,
  bind: [],
  autoPort: undefined,
  hold: undefined,
  timeout: undefined,
  require: undefined,
  prefectHost: undefined,
  prefectPort: undefined,
  prefectRemotePort: undefined,
  marquezHost: undefined,
  marquezPort: undefined,
  marquezRemotePort: undefined,
  marquez: undefined,
  confirm: undefined,
};
/** The block `net` of a target. */
export type Net = NonNullable<TargetConfig['net']>;

/** What a request is made of; the rest is not said. */
export interface Given {
  readonly args?: Partial<UpArgs>;
  readonly net?: Net;
  readonly aws?: TargetConfig['aws'];
  readonly eks?: TargetConfig['eks'];
  readonly variables?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** The whole block of the target, in place of `net`, `aws` and `eks`. */
  readonly values?: TargetConfig;
}

/** Makes a request of flags, variables and a target's block. */
export function request({ args = {}, net, aws, eks, variables = {}, target = 'staging', values }: Given) {
  const config: Config = {
    project: {
      root: '/home/op',
      configFile: undefined,
      configFolder: undefined,
      stateDir: '/home/op/.hotpass',
    },
    target: { value: target, origin: 'default' },
    values: values ?? {
      ...(net === undefined ? {} : { net }),
      ...(aws === undefined ? {} : { aws }),
      ...(eks === undefined ? {} : { eks }),
    },
    origin: (path) => `hotpass.yaml: ${path.join('.')}`,
    variable: (name) => {
      const value = variables[name];
      return value === undefined ? undefined : { value, origin: name };
    },
    warnings: [],
  };
  const choices = createChoices();
  return { ...requestTunnel(sys, { ...NOTHING, ...args }, config, choices), chosen: choices.chosen };
}

/** Gives message and code of the refusal; fails when there is none. */
export function refusal(given: Given): string {
  try {
    request(given);
  } catch (error) {
    if (error instanceof HotpassError) return `${error.message}  [${error.code}]`;
    throw error;
  }
  throw new Error('it was not refused');
}
