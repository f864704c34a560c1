import { join } from 'node:path';
import type { Environment } from '../../system.ts';
import { FILE_NAMES } from './files.ts';
import { REHEARSAL_VARIABLE, type RehearsalPlace } from './place.ts';

/** What a shell needs of a staging to go there. */
export interface StagingAddress extends AccountAddress {
  /** Id of the account. */
  readonly account: string;
  /** Name of the role that the keys are of; `*` stands for any characters. */
  readonly rolePattern: string;
  readonly instance: string;
  /** Services that the instance reaches, as `prefect.staging.internal:4200`. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly cluster: {
    readonly name: string;
    readonly endpoint: string;
    /** Certificate of its own authority, PEM. */
    readonly ca: string;
    readonly namespace: string;
    /** A service account in it, which may take on the role of the same name. */
    readonly serviceAccount: string;
  };
}

/** Where an account is played, and who one is there. */
export interface AccountAddress {
  /** Address of all services, as `http://127.0.0.1:41000`. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
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
  'AWS_ENDPOINT_URL_SSM',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_EKS',
  'AWS_ENDPOINT_URL_IAM',
  'AWS_ENDPOINT_URL_SSO',
  'AWS_ENDPOINT_URL_SSO_OIDC',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'HOTPASS_AWS_PROFILE',
  'HOTPASS_AWS_REGION',
  'HOTPASS_AWS_ROLE_ARN',
  'HOTPASS_EKS_CLUSTER',
  'HOTPASS_VIA',
  'HOTPASS_INSTANCE',
  'HOTPASS_TARGET',
  'HOTPASS_HOLD',
  'HOTPASS_TIMEOUT',
  'HOTPASS_PREFECT_REMOTE_HOST',
  'HOTPASS_MARQUEZ_REMOTE_HOST',
] as const;

/** Nothing answers here, and nobody is asked: what is left of a rehearsal must not be ended at AWS. */
const NOWHERE: AccountAddress = {
  endpoint: 'http://127.0.0.1:9',
  region: 'eu-west-1',
  accessKeyId: 'none',
  secretAccessKey: 'none',
};

/** Says what a shell must take over to go to a staging. */
export function shellEnvironment(place: RehearsalPlace, address: AccountAddress): ShellEnvironment {
  const file = (name: keyof typeof FILE_NAMES) => join(place.folder, FILE_NAMES[name]);
  return {
    environment: {
      AWS_ENDPOINT_URL: address.endpoint,
      AWS_REGION: address.region,
      AWS_ACCESS_KEY_ID: address.accessKeyId,
      AWS_SECRET_ACCESS_KEY: address.secretAccessKey,
      AWS_CONFIG_FILE: file('awsConfig'),
      AWS_SHARED_CREDENTIALS_FILE: file('awsCredentials'),
      // For the issuer of the cluster, which is played too; nothing else here speaks TLS to be trusted by it.
      AWS_CA_BUNDLE: file('ca'),
      KUBECONFIG: file('kubeconfig'),
      HOTPASS_CONFIG: file('config'),
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
  address: AccountAddress = NOWHERE,
): Environment {
  const { environment, unset } = shellEnvironment(place, address);
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !unset.some((one) => one === name)));
  return { ...rest, ...environment };
}
