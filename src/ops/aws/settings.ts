import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { AwsPlace } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import { shellWord } from '../../shell-words.ts';
import { suggestWord } from '../../suggest.ts';
import type { Environment } from '../../system.ts';
import { parseRegion } from '../net/parse-ssm.ts';

/** What the flags, the environment and the AWS config files say together, as the AWS CLI reads them. */
export interface AwsSettings {
  /** Profile that gives the credentials; undefined where the environment itself holds them. */
  readonly profile: string | undefined;
  readonly region: string;
  /** Address that somebody set in place of the service's own. */
  readonly endpoint: URL | undefined;
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

type Section = Readonly<Record<string, string | undefined>>;
type Sections = Readonly<Record<string, Section | undefined>>;

const DEFAULT_PROFILE = 'default';
/** How the SDK calls the other sections of the config file. */
const NO_PROFILE = /^(?:services|sso-session)\./;

/**
 * Reads the settings of a place, the files anew. Keys in the environment count before AWS_PROFILE, and a profile that
 * was named for this target before both. Throws `profile-unknown`, `region-missing`, and `usage` for a region or
 * an endpoint that is none.
 */
export async function readSettings(env: Environment, place: AwsPlace): Promise<AwsSettings> {
  const files = configFiles(env);
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ...files, ignoreCache: true });
  const known: Sections = mergeProfiles(configFile, credentialsFile);
  const isFromEnvironment = place.profile === undefined && hasKeys(env);
  const name = place.profile || env.AWS_PROFILE || DEFAULT_PROFILE;
  const isNamed = (place.profile || env.AWS_PROFILE) !== undefined;
  if (isNamed && !isFromEnvironment && known[name] === undefined) throw unknownProfile(name, known);
  const profile = known[name] ?? {};
  return {
    profile: isFromEnvironment ? undefined : name,
    region: chooseRegion(env, place, profile),
    endpoint: chooseEndpoint(env, profile, configFile),
    useFips: isOn(env.AWS_USE_FIPS_ENDPOINT || profile.use_fips_endpoint),
    useDualstack: isOn(env.AWS_USE_DUALSTACK_ENDPOINT || profile.use_dualstack_endpoint),
    caBundle: env.AWS_CA_BUNDLE || profile.ca_bundle || undefined,
    files,
  };
}

function hasKeys(env: Environment): boolean {
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

function chooseRegion(env: Environment, place: AwsPlace, profile: Section): string {
  const found = place.region || env.AWS_REGION || profile.region || env.AWS_DEFAULT_REGION;
  if (!found) {
    throw new HotpassError('region-missing', 'no AWS region was given', {
      hint: '--region REGION, or targets.TARGET.aws.region in hotpass.yaml',
    });
  }
  return parseRegion(found);
}

function chooseEndpoint(env: Environment, profile: Section, config: Sections): URL | undefined {
  if (isOn(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS || profile.ignore_configured_endpoint_urls))
    return undefined;
  const services = profile.services === undefined ? undefined : config[`services.${profile.services}`];
  const candidates = [
    ['AWS_ENDPOINT_URL_SSM', env.AWS_ENDPOINT_URL_SSM],
    ['AWS_ENDPOINT_URL', env.AWS_ENDPOINT_URL],
    [`services ${profile.services}`, services?.['ssm.endpoint_url']],
    ['endpoint_url of the profile', profile.endpoint_url],
  ] as const;
  const [origin, text] = candidates.find(([, value]) => value) ?? [];
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  // It may hold a password.
  throw new HotpassError('usage', `${origin} is not the address of a web service`, {
    hint: 'for example AWS_ENDPOINT_URL_SSM=https://vpce-0a1b.ssm.eu-west-1.vpce.amazonaws.com',
  });
}

function isOn(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}
