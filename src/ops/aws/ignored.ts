import type { AwsPlace } from '../../aws.ts';
import type { Environment } from '../../system.ts';

/** What was decided for the profile and the region. */
interface Decided {
  /** Undefined where keys of the environment count. */
  readonly profile: string | undefined;
  readonly region: string;
}

/** Lists the settings of the environment that are there and not used, though one might think so, in words. Pure. */
export function findIgnored(env: Environment, place: AwsPlace, { profile, region }: Decided): string[] {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = env;
  const ignored: string[] = [];
  const differs = (name: string, used: string, why = '') => {
    if (env[name] && env[name] !== used) ignored.push(`${name}=${env[name]} is set and not used${why}`);
  };
  if (profile === undefined) {
    const why = ': the keys of the environment count before it';
    differs('AWS_PROFILE', '', why);
    differs('AWS_DEFAULT_PROFILE', env.AWS_PROFILE ?? '', why);
  } else {
    if (id && secret) ignored.push(`AWS_ACCESS_KEY_ID is set and not used: profile ${profile} was named`);
    if (place.profile) differs('AWS_PROFILE', profile);
    differs('AWS_DEFAULT_PROFILE', profile);
  }
  if (id && !secret) ignored.push('AWS_ACCESS_KEY_ID is set and not used: there is no AWS_SECRET_ACCESS_KEY');
  if (secret && !id) ignored.push('AWS_SECRET_ACCESS_KEY is set and not used: there is no AWS_ACCESS_KEY_ID');
  differs('AWS_REGION', region);
  differs('AWS_DEFAULT_REGION', region);
  return ignored;
}
