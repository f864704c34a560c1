import { HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import type { Section, Sections } from '../connection/endpoints.ts';

/** Where a profile logs in to IAM Identity Center. */
export interface SsoConfig {
  readonly profile: string;
  /** Name of its sso-session; profiles of the older form have none. */
  readonly session: string | undefined;
  readonly startUrl: string;
  readonly region: string;
  /** What the login is good for; none of profiles of the older form. */
  readonly scopes: readonly string[];
}

const LONGEST_CHAIN = 10;
/** Good for the credentials of all roles, and for a login that renews itself. */
const DEFAULT_SCOPES = ['sso:account:access'];

/**
 * Finds where a profile logs in: it, or the one that its role is taken on from. `sections` are those of the AWS config
 * file, `own` is the profile's own. Throws `sso-not-configured`. Pure.
 */
export function findSso(profile: string, own: Section, sections: Sections): SsoConfig {
  const [name, section] = followSources(profile, own, sections);
  const { sso_session: session, sso_start_url: startUrl, sso_region: region } = section;
  if (session !== undefined) return readSession(profile, session, sections[`sso-session.${session}`]);
  if (section.login_session !== undefined) {
    throw notConfigured(
      `profile ${name} logs in by aws login, not by IAM Identity Center`,
      `aws login --profile ${shellWord(name)}`,
    );
  }
  if (startUrl === undefined) {
    throw notConfigured(`profile ${name} names no login of IAM Identity Center`, configure(name));
  }
  if (region === undefined) throw notConfigured(`profile ${name} lacks sso_region`, configure(name));
  return { profile, session: undefined, startUrl: readUrl(startUrl, `profile ${name}`), region, scopes: [] };
}

function followSources(profile: string, own: Section, sections: Sections): readonly [string, Section] {
  let [name, section] = [profile, own];
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const { source_profile: source } = section;
    const next = source === undefined || source === name ? undefined : sections[source];
    if (source === undefined || next === undefined || isSso(section)) break;
    [name, section] = [source, next];
  }
  return [name, section];
}

function isSso({ sso_session, sso_start_url }: Section): boolean {
  return (sso_session ?? sso_start_url) !== undefined;
}

function readSession(profile: string, session: string, section: Section | undefined): SsoConfig {
  const hint = `aws configure sso-session`;
  if (section === undefined) {
    throw notConfigured(`profile ${profile} names sso-session ${session}, and there is none`, hint);
  }
  const { sso_start_url: startUrl, sso_region: region, sso_registration_scopes: scopes } = section;
  if (startUrl === undefined || region === undefined) {
    const lack = startUrl === undefined ? 'sso_start_url' : 'sso_region';
    throw notConfigured(`sso-session ${session} lacks ${lack}`, hint);
  }
  const wanted = (scopes ?? '').split(',').flatMap((scope) => scope.trim() || []);
  return {
    profile,
    session,
    startUrl: readUrl(startUrl, `sso-session ${session}`),
    region,
    scopes: wanted.length === 0 ? DEFAULT_SCOPES : wanted,
  };
}

function readUrl(text: string, where: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text;
  throw notConfigured(`sso_start_url of ${where} is not the address of a web page`, 'aws configure sso');
}

function configure(profile: string): string {
  return `aws configure sso --profile ${shellWord(profile)}`;
}

function notConfigured(message: string, hint: string): HotpassError {
  return new HotpassError('sso-not-configured', message, { hint });
}
