import { HotpassError } from '../../../errors.ts';
import type { Environment } from '../../../system.ts';

/** A service by the name that AWS_ENDPOINT_URL_… and the services section have for it, in lower case. */
export type AwsService = 'ssm' | 'sts' | 'eks' | 'iam' | 'sso' | 'sso_oidc';

/** A section of the AWS config files, and all of them. */
export type Section = Readonly<Record<string, string | undefined>>;
export type Sections = Readonly<Record<string, Section | undefined>>;

/** Finds the address that somebody set in place of a service's own; undefined where nobody did. Throws `usage`. */
export function findEndpoint(
  service: AwsService,
  env: Environment,
  profile: Section,
  config: Sections,
): URL | undefined {
  if (isOn(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS || profile.ignore_configured_endpoint_urls))
    return undefined;
  const services = profile.services === undefined ? undefined : config[`services.${profile.services}`];
  const own = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const candidates = [
    [own, env[own]],
    ['AWS_ENDPOINT_URL', env.AWS_ENDPOINT_URL],
    [`services ${profile.services}`, services?.[`${service}.endpoint_url`]],
    ['endpoint_url of the profile', profile.endpoint_url],
  ] as const;
  const [origin, text] = candidates.find(([, value]) => value) ?? [];
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  // It may hold a password.
  throw new HotpassError('usage', `${origin} is not the address of a web service`, {
    hint: `for example ${own}=https://vpce-0a1b.${service.replace('_', '-')}.eu-west-1.vpce.amazonaws.com`,
  });
}

/** Tells whether a setting of AWS's says yes. */
export function isOn(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}
