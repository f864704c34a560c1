import { HotpassError } from '../../errors.ts';
import { shellWord } from '../../shell-words.ts';
import type { Asked } from './explain-error.ts';
import { oneLine, withoutSecrets } from './without-secrets.ts';

const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'];
const UNKNOWN_KEYS = [
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
];
const BAD_SIGNATURES = [
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'IncompleteSignatureException',
];
const OFF_CLOCKS = ['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture'];
/** What the SDK says of a login of IAM Identity Center; it has no name of its own. */
const SSO =
  /SSO session|SSO token|sso login|Session token not found or invalid|token has expired and refresh/i;

/** Translates an error about the credentials; undefined when it is none. Pure. */
export function explainCredentials(error: unknown, name: string, asked: Asked): HotpassError | undefined {
  const { profile } = asked;
  const whose =
    profile === undefined ? 'the AWS keys of the environment' : `the credentials of profile ${profile}`;
  const words = error instanceof Error ? error.message : '';
  if (EXPIRED.includes(name) || /returned expired credentials/.test(words)) {
    return new HotpassError('credentials-expired', `${whose} have expired`, {
      hint: renewal(profile),
      cause: error,
    });
  }
  if (OFF_CLOCKS.includes(name)) {
    return new HotpassError(
      'access-denied',
      'the clock of this machine is off, and the signature is not accepted',
      {
        hint: 'timedatectl status',
        cause: error,
      },
    );
  }
  if (UNKNOWN_KEYS.includes(name)) {
    return new HotpassError('access-denied', `AWS does not know ${whose}: deleted, or of another partition`, {
      hint: check(profile),
      cause: error,
    });
  }
  if (BAD_SIGNATURES.includes(name)) {
    return new HotpassError(
      'access-denied',
      `AWS does not accept what ${whose} sign: the secret key is wrong, or the clock is off`,
      {
        hint: check(profile),
        cause: error,
      },
    );
  }
  if (SSO.test(words) || name === 'UnauthorizedException') {
    return new HotpassError('sso-expired', `login of profile ${profile ?? 'default'} expired`, {
      hint: `aws sso login --profile ${shellWord(profile ?? 'default')}`,
      cause: error,
    });
  }
  if (name === 'ForbiddenException') {
    return new HotpassError(
      'access-denied',
      `IAM Identity Center does not give profile ${profile ?? 'default'} its role`,
      {
        hint: 'ask for the role, or correct sso_role_name and sso_account_id of the profile',
        cause: error,
      },
    );
  }
  if (!/^(?:CredentialsProviderError|TokenProviderError|ProviderError)$/.test(name)) return undefined;
  return new HotpassError('credentials-missing', `${whose} cannot be had: ${told(words, asked)}`, {
    hint: check(profile),
    cause: error,
  });
}

/** A credential_process may have secrets on its command line, which the SDK quotes in front of what it said. */
function told(words: string, asked: Asked): string {
  const said = /^Command failed: /.test(words) ? (words.trim().split('\n').slice(1).at(-1) ?? '') : words;
  const isProcess = said !== words;
  const text = withoutSecrets(oneLine(said.replace(/^\S*Error: /, '')), asked.secrets);
  return isProcess ? `credential_process failed${text && `: ${text}`}` : text;
}

function renewal(profile: string | undefined): string {
  if (profile === undefined) return 'put new keys into the environment and open the session again';
  return `aws sso login --profile ${shellWord(profile)}, or however this profile gets its keys`;
}

function check(profile: string | undefined): string {
  return `aws sts get-caller-identity${profile === undefined ? '' : ` --profile ${shellWord(profile)}`}`;
}
