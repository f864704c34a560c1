import { join } from 'node:path';
import type { Environment } from '../../system.ts';
import { REHEARSAL_VARIABLE, type RehearsalPlace } from './place.ts';

/** What a shell needs of a staging to go there. */
export interface StagingAddress {
  /** Address of Systems Manager, as `http://127.0.0.1:41000`. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly instance: string;
}

/** What a shell takes over, so that each hotpass in it meets the rehearsal and nothing of the user's own. */
export interface ShellEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that would lead elsewhere. */
  readonly unset: readonly string[];
}

const UNSET = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_DEFAULT_REGION',
  'AWS_SESSION_TOKEN',
  'AWS_ENDPOINT_URL',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'HOTPASS_TARGET',
  'HOTPASS_HOLD',
  'HOTPASS_TIMEOUT',
  'HOTPASS_PREFECT_REMOTE_HOST',
  'HOTPASS_MARQUEZ_REMOTE_HOST',
] as const;

/** Nothing answers here, and nobody is asked: what is left of a rehearsal must not be ended at AWS. */
const NOWHERE: StagingAddress = {
  endpoint: 'http://127.0.0.1:9',
  region: 'eu-west-1',
  accessKeyId: 'none',
  secretAccessKey: 'none',
  instance: 'i-00000000000000000',
};

/** Says what a shell must take over to go to a staging. */
export function shellEnvironment(place: RehearsalPlace, address: StagingAddress): ShellEnvironment {
  return {
    environment: {
      AWS_ENDPOINT_URL_SSM: address.endpoint,
      AWS_REGION: address.region,
      AWS_ACCESS_KEY_ID: address.accessKeyId,
      AWS_SECRET_ACCESS_KEY: address.secretAccessKey,
      AWS_CONFIG_FILE: join(place.folder, 'aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(place.folder, 'aws-credentials'),
      HOTPASS_VIA: 'ssm',
      HOTPASS_INSTANCE: address.instance,
      HOTPASS_CONFIG: join(place.folder, 'hotpass.yaml'),
      HOTPASS_STATE_DIR: place.state,
      [REHEARSAL_VARIABLE]: place.folder,
      // The port ledger, the sockets and the user's own config are the rehearsal's too.
      XDG_STATE_HOME: join(place.folder, 'own'),
      XDG_RUNTIME_DIR: join(place.folder, 'run'),
      XDG_CONFIG_HOME: join(place.folder, 'config'),
    },
    unset: UNSET,
  };
}

/** Gives the environment of what works inside a rehearsal; without an address, of what only tidies up there. */
export function insideEnvironment(
  env: Environment,
  place: RehearsalPlace,
  address: StagingAddress = NOWHERE,
): Environment {
  const { environment, unset } = shellEnvironment(place, address);
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !unset.some((one) => one === name)));
  return { ...rest, ...environment };
}
