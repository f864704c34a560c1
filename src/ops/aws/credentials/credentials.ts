import type { setCredentialFeature } from '@aws-sdk/core/client';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { FoundCredentials } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import type { Environment } from '../../../system.ts';
import type { AwsSettings } from '../settings.ts';

/** The SDK would write its remarks to stderr. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Credentials, and where they come from. */
export interface FoundKeys extends AwsCredentialIdentity {
  readonly provider: FoundCredentials['provider'];
  readonly profile: string | undefined;
}

/** Credentials with what the SDK notes of their way. */
type Attributed = Parameters<typeof setCredentialFeature>[0];

/** Finds credentials, anew each time that it is called. */
export type FindKeys = () => Promise<FoundKeys>;

/**
 * Makes the search for credentials that the AWS CLI does too: keys of the environment, the profile, a web identity, a
 * container, the instance. The instance is only asked when AWS_EC2_METADATA_DISABLED=false says so: on a laptop nobody
 * answers, and the asking takes seconds. `http` goes to the clients that the search needs. What it throws is the SDK's.
 */
export function searchCredentials(env: Environment, settings: AwsSettings, http: object): FindKeys {
  const { profile, files, region } = settings;
  const clientConfig = { requestHandler: http, maxAttempts: 2 };
  const shared = { ...files, clientConfig, parentClientConfig: { region } };
  return async () => {
    if (profile === undefined) return fromEnvironment(env);
    try {
      const { fromIni } = await import('@aws-sdk/credential-provider-ini');
      // The SDK keeps each file that it has read for as long as the process lives.
      const found = await fromIni({ ...shared, profile, ignoreCache: true })();
      return { ...found, provider: providerOf(found), profile };
    } catch (error) {
      if (!isNothingThere(error)) throw error;
      return {
        ...(await fromSurroundings(env, shared, () => noneThere(settings, error))),
        profile: undefined,
      };
    }
  };
}

/** The SDK notes of credentials by which ways they came; of a role that was taken on, also how its first keys did. */
function providerOf({ $source: source = {} }: Attributed): FoundCredentials['provider'] {
  if (source.CREDENTIALS_STS_ASSUME_ROLE) return 'assumed-role';
  if (source.CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN) return 'web-identity';
  if (source.CREDENTIALS_PROFILE_SSO || source.CREDENTIALS_PROFILE_SSO_LEGACY) return 'sso';
  if (source.CREDENTIALS_PROFILE_LOGIN) return 'login';
  if (source.CREDENTIALS_PROFILE_PROCESS) return 'process';
  if (source.CREDENTIALS_HTTP) return 'container';
  if (source.CREDENTIALS_PROFILE) return 'profile';
  return source.CREDENTIALS_ENV_VARS ? 'environment' : 'instance';
}

function fromEnvironment(env: Environment): FoundKeys {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = env;
  return {
    accessKeyId,
    secretAccessKey,
    ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    provider: 'environment',
    profile: undefined,
  };
}

/** What a pod, a task or an instance is given. */
async function fromSurroundings(
  env: Environment,
  shared: object,
  none: () => HotpassError,
): Promise<Omit<FoundKeys, 'profile'>> {
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) {
    const { fromTokenFile } = await import('@aws-sdk/credential-provider-web-identity');
    const find = fromTokenFile({
      ...shared,
      webIdentityTokenFile: env.AWS_WEB_IDENTITY_TOKEN_FILE,
      roleArn: env.AWS_ROLE_ARN,
      ...(env.AWS_ROLE_SESSION_NAME ? { roleSessionName: env.AWS_ROLE_SESSION_NAME } : {}),
    });
    return { ...(await find()), provider: 'web-identity' };
  }
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const full = env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (relative || full) {
    const { fromHttp } = await import('@aws-sdk/credential-provider-http');
    const token = env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
    const tokenFile = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
    const find = fromHttp({
      logger: SILENT,
      ...(relative ? { awsContainerCredentialsRelativeUri: relative } : {}),
      ...(full ? { awsContainerCredentialsFullUri: full } : {}),
      ...(token ? { awsContainerAuthorizationToken: token } : {}),
      ...(tokenFile ? { awsContainerAuthorizationTokenFile: tokenFile } : {}),
    });
    return { ...(await find()), provider: 'container' };
  }
  if (env.AWS_EC2_METADATA_DISABLED === 'false') {
    const { fromInstanceMetadata } = await import('@smithy/credential-provider-imds');
    return { ...(await fromInstanceMetadata({ timeout: 1_000, maxRetries: 1 })()), provider: 'instance' };
  }
  throw none();
}

/** Names the profile where one was asked for, so that nobody looks for the fault elsewhere. */
function noneThere({ profile, sections, origins }: AwsSettings, cause: unknown): HotpassError {
  if (profile !== undefined && origins.profile !== 'by default')
    return new HotpassError('credentials-missing', `profile ${profile} has no AWS credentials`, {
      hint: `aws configure list --profile ${shellWord(profile)}`,
      cause,
    });
  const hasOthers = Object.keys(sections).some((name) => name !== 'default' && !name.includes('.'));
  return new HotpassError('credentials-missing', 'there are no AWS credentials', {
    hint: hasOthers ? 'export AWS_PROFILE=PROFILE' : 'aws configure sso',
    cause,
  });
}

/** Tells a profile that says nothing of credentials, or is not there, from one whose credentials cannot be had. */
function isNothingThere(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Could not resolve credentials using profile');
}
