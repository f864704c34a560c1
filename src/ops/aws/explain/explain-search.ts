import { HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import { explainKeys, whoseKeys } from './explain-keys.ts';
import { explainNetwork, networkCode } from './explain-network.ts';
import { oneLine, withoutSecrets } from './without-secrets.ts';

/** What the SDK says of a login of IAM Identity Center; it has no name of its own. */
const SSO = /SSO session|SSO token|sso login|Session token not found or invalid/i;
/** What it says of a login by `aws login`. */
const LOGIN = /aws login|reauthenticate/i;

/** What it says of a credential_process that ended badly, or whose answer is none. */
const PROCESS = /^Command failed: |\bcredential_process (?:did not|returned in)/;

const KEY_LIKE = /[A-Za-z0-9+/=_-]{20,}/g;

/** Translates what goes wrong while credentials are looked for. Pure. */
export function explainSearch(error: unknown, profile: string | undefined): HotpassError {
  if (error instanceof HotpassError) return error;
  const { name, words } = unwrap(error);
  const login = profile ?? 'default';
  const flag = `--profile ${shellWord(login)}`;
  const make = (
    code:
      | 'access-denied'
      | 'credential-process-failed'
      | 'credentials-expired'
      | 'role-refused'
      | 'sso-expired'
      | 'sso-not-configured',
    message: string,
    hint: string,
  ) => new HotpassError(code, message, { hint, cause: error });
  const said = told(words);
  if (/returned expired credentials/.test(words))
    return make(
      'credentials-expired',
      `the credential_process of profile ${login} gave keys that have expired`,
      `aws configure get credential_process ${flag}`,
    );
  const known =
    explainKeys(name, profile, error) ??
    explainNetwork(error, 'the service that gives the credentials') ??
    explainNetwork(networkCode(words), 'the service that gives the credentials');
  if (known !== undefined) return known;
  if (SSO.test(words) || name === 'UnauthorizedException')
    return make('sso-expired', `login of profile ${login} expired`, `hotpass aws login ${flag}`);
  if (LOGIN.test(words))
    return make('credentials-expired', `login of profile ${login} expired`, `aws login ${flag}`);
  if (name === 'ForbiddenException')
    return make(
      'access-denied',
      `IAM Identity Center does not give profile ${login} its role`,
      'ask for the role, or correct sso_role_name and sso_account_id of the profile',
    );
  // Nothing but the taking on of a role is denied by this name here.
  if (/^AccessDenied/.test(name))
    return make(
      'role-refused',
      `AWS refuses the role of profile ${login}: ${said}`,
      'ask who owns the role to trust you, and for sts:AssumeRole on it',
    );
  if (PROCESS.test(words))
    return make(
      'credential-process-failed',
      `the credential_process of profile ${login} failed${said && `: ${said}`}`,
      `aws configure get credential_process ${flag}`,
    );
  // The SDK takes for granted that what one section names is another.
  if (error instanceof TypeError)
    return make(
      'sso-not-configured',
      `what the AWS config files say of profile ${login}, or what it leads to, is not complete`,
      `hotpass aws login ${flag}`,
    );
  return new HotpassError('credentials-missing', `${whoseKeys(profile)} cannot be had: ${said}`, {
    hint: `aws configure list ${flag}`,
    cause: error,
  });
}

/** The SDK puts the errors of IAM Identity Center into the words of one of its own. */
function unwrap(error: unknown): { readonly name: string; readonly words: string } {
  if (!(error instanceof Error)) return { name: '', words: String(error) };
  const [, name, words] = /^(\w+Exception): (.*)$/s.exec(error.message) ?? [];
  return name === undefined || words === undefined
    ? { name: error.name, words: error.message }
    : { name, words };
}

/** A credential_process may have secrets on its command line, which the SDK quotes in front of what it said. */
function told(words: string): string {
  const isProcess = PROCESS.test(words);
  const said = words.startsWith('Command failed: ')
    ? (words.trim().split('\n').slice(1).at(-1) ?? '')
    : words;
  const text = withoutSecrets(oneLine(said.replace(/^\w*Error: /, '')).replace(/\.$/, ''), []);
  // What such a program says is anybody's guess: no word of it may be long enough for a key.
  return isProcess ? text.replace(KEY_LIKE, '…') : text;
}
