import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { AwsPlace, Sourced } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import { shellWord } from '../../shell-words.ts';
import { suggestWord } from '../../suggest.ts';
import type { Environment } from '../../system.ts';
import { parseRegion } from '../net/via-ssm/parse-ssm.ts';
import { type AwsService, findEndpoint, isOn, type Section, type Sections } from './connection/endpoints.ts';
import { findIgnored } from './ignored.ts';

/** What the flags, the environment and the AWS config files say together, as the AWS CLI reads them. */
export interface AwsSettings {
  /** Profile that gives the credentials; undefined where the environment itself holds them. */
  readonly profile: string | undefined;
  readonly region: string;
  /** What said which profile and which region. */
  readonly origins: { readonly profile: string; readonly region: string };
  /** ARN of a role that these credentials take on. */
  readonly roleArn: string | undefined;
  /** What the files say of the profile, and all sections of the config file. */
  readonly section: Section;
  readonly sections: Sections;
  /** Settings that are there and not used, in words. */
  readonly ignored: readonly string[];
  /** Gives the address that somebody set in place of a service's own. Throws `usage`. */
  readonly endpointOf: (service: AwsService) => URL | undefined;
  readonly useFips: boolean;
  readonly useDualstack: boolean;
  /** File with the certificates that are trusted in place of node's own. */
  readonly caBundle: string | undefined;
  readonly files: ConfigFiles;
}

/** Where the SDK looks for profiles; left out, in the home folder. */
interface ConfigFiles {
  readonly filepath?: string;
  readonly configFilepath?: string;
}

const DEFAULT_PROFILE = 'default';
/** How the SDK calls the other sections of the config file. */
const NO_PROFILE = /^(?:services|sso-session)\./;

/**
 * Reads the settings of a place, the files anew. Keys in the environment count before AWS_PROFILE, and a profile that
 * was named for this target before both. Throws `profile-unknown`, `region-missing`, and `usage` for a region that is
 * none.
 */
export async function readSettings(env: Environment, place: AwsPlace): Promise<AwsSettings> {
  const files = configFiles(env);
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ...files, ignoreCache: true });
  const known: Sections = mergeProfiles(configFile, credentialsFile);
  const isFromEnvironment = place.profile === undefined && hasKeys(env);
  const named = chooseProfile(env, place);
  const name = named?.value ?? DEFAULT_PROFILE;
  if (named !== undefined && !isFromEnvironment && known[name] === undefined)
    throw unknownProfile(name, known);
  const section = known[name] ?? {};
  const profile = isFromEnvironment ? undefined : name;
  const region = chooseRegion(env, place, section, name);
  return {
    profile,
    region: region.value,
    origins: { profile: named?.origin ?? 'by default', region: region.origin },
    roleArn: place.roleArn || undefined,
    section,
    sections: configFile,
    ignored: findIgnored(env, place, { profile, region: region.value }),
    endpointOf: (service) => findEndpoint(service, env, section, configFile),
    useFips: isOn(env.AWS_USE_FIPS_ENDPOINT || section.use_fips_endpoint),
    useDualstack: isOn(env.AWS_USE_DUALSTACK_ENDPOINT || section.use_dualstack_endpoint),
    caBundle: env.AWS_CA_BUNDLE || section.ca_bundle || undefined,
    files,
  };
}

function chooseProfile(env: Environment, { profile, origins }: AwsPlace): Sourced | undefined {
  if (profile) return { value: profile, origin: origins?.profile ?? 'as named' };
  return env.AWS_PROFILE ? { value: env.AWS_PROFILE, origin: 'AWS_PROFILE' } : undefined;
}

/** Tells whether the environment itself holds credentials. */
export function hasKeys(env: Environment): boolean {
  return Boolean(env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY);
}

function configFiles(env: Environment): ConfigFiles {
  const inHome = (name: string) => (env.HOME ? join(env.HOME, '.aws', name) : undefined);
  const filepath = env.AWS_SHARED_CREDENTIALS_FILE || inHome('credentials');
  const configFilepath = env.AWS_CONFIG_FILE || inHome('config');
  return {
    ...(filepath === undefined ? {} : { filepath }),
    ...(configFilepath === undefined ? {} : { configFilepath }),
  };
}

/** What the credentials file says of a profile counts before what the config file says. */
function mergeProfiles(config: Sections, credentials: Sections): Sections {
  const keys = [...Object.keys(config), ...Object.keys(credentials)];
  const names = new Set(keys.filter((key) => !NO_PROFILE.test(key)));
  return Object.fromEntries([...names].map((name) => [name, { ...config[name], ...credentials[name] }]));
}

function unknownProfile(name: string, known: Sections): HotpassError {
  const names = Object.keys(known);
  const near = suggestWord(name, names);
  const listed = names.length === 0 ? 'there are none' : `known: ${names.slice(0, 12).join(', ')}`;
  return new HotpassError('profile-unknown', `the AWS config files have no profile "${name}"; ${listed}`, {
    hint:
      near === undefined ? `aws configure sso --profile ${shellWord(name)}` : `--profile ${shellWord(near)}`,
    details: { profile: name, known: names },
  });
}

function chooseRegion(env: Environment, place: AwsPlace, section: Section, name: string): Sourced {
  const candidates = [
    [place.origins?.region ?? 'as named', place.region],
    ['AWS_REGION', env.AWS_REGION],
    [`profile ${name}`, section.region],
    ['AWS_DEFAULT_REGION', env.AWS_DEFAULT_REGION],
  ] as const;
  const [origin, found] = candidates.find(([, value]) => value) ?? [];
  if (origin === undefined || !found) {
    throw new HotpassError('region-missing', 'no AWS region was given', {
      hint: 'for example --region eu-west-1',
    });
  }
  return { value: parseRegion(found), origin };
}
