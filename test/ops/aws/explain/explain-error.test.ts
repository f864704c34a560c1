import { expect, it } from 'vitest';
import type { HotpassError } from '../../../../src/errors.ts';
import { explainError } from '../../../../src/ops/aws/explain/explain-error.ts';
import { explainSearch } from '../../../../src/ops/aws/explain/explain-search.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const TOKEN = `IQoJb3JpZ2luX2VjE${'Ab3+/'.repeat(40)}==`;
const asked = {
  action: 'ssm:StartSession',
  about: 'i-0123456789abcdef0',
  endpoint: new URL('https://ssm.eu-west-1.amazonaws.com'),
  region: 'eu-west-1',
  profile: 'staging',
  secrets: [SECRET],
};

function thrown(name: string, message = '', code?: string): Error {
  const error = name === 'TypeError' ? new TypeError(message) : new Error(message);
  return Object.assign(error, { name, ...(code === undefined ? {} : { code }) });
}

it.each([
  ['TargetNotConnected', '', 'instance-not-connected'],
  ['InvalidInstanceId', '', 'instance-unknown'],
  ['InvalidDocument', 'Document with name AWS-Start… does not exist.', 'document-missing'],
  [
    'AccessDeniedException',
    'User: arn:aws:sts::1:assumed-role/R/ann is not authorized to perform: x',
    'access-denied',
  ],
  ['ThrottlingException', 'Rate exceeded', 'aws-throttled'],
  ['ExpiredTokenException', 'The security token included in the request is expired', 'credentials-expired'],
  ['UnrecognizedClientException', 'The security token included in the request is invalid.', 'access-denied'],
  ['InvalidSignatureException', `The Canonical String … x-amz-security-token:${TOKEN}`, 'access-denied'],
  ['RequestExpired', '', 'clock-off'],
  ['TimeoutError', 'Connection timed out', 'aws-unreachable'],
  ['InternalServerError', `oops ${TOKEN} AKIAIOSFODNN7EXAMPLE`, 'aws-failed'],
])('explains %s (row %#) on one line and without a secret', (name, message, code) => {
  expectOneCleanLine(explainError(thrown(name, message), asked), code);
});

it.each([
  [
    'CredentialsProviderError',
    'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile.',
    'sso-expired',
  ],
  [
    'CredentialsProviderError',
    "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
    'sso-expired',
  ],
  ['UnauthorizedException', 'Session token not found or invalid', 'sso-expired'],
  ['CredentialsProviderError', 'ForbiddenException: No access', 'access-denied'],
  [
    'AccessDenied',
    'User: arn:aws:iam::1:user/ann is not authorized to perform: sts:AssumeRole',
    'role-refused',
  ],
  ['ExpiredTokenException', `${TOKEN} is expired`, 'credentials-expired'],
  [
    'CredentialsProviderError',
    'Error: getaddrinfo ENOTFOUND portal.sso.eu-west-1.amazonaws.com',
    'aws-unreachable',
  ],
  [
    'CredentialsProviderError',
    'Failed to load a token for session x, please re-authenticate using aws login',
    'credentials-expired',
  ],
  [
    'CredentialsProviderError',
    `Command failed: get-keys --password ${SECRET}\nTraceback\nvault is sealed ${SECRET}\n`,
    'credential-process-failed',
  ],
  [
    'CredentialsProviderError',
    'Profile staging credential_process returned expired credentials.',
    'credentials-expired',
  ],
  [
    'CredentialsProviderError',
    'Profile staging requires multi-factor authentication, but no MFA code callback was provided.',
    'credentials-missing',
  ],
  ['TypeError', "Cannot read properties of undefined (reading 'sso_region')", 'sso-not-configured'],
])('explains %s of a search for credentials (row %#)', (name, message, code) => {
  expectOneCleanLine(explainSearch(thrown(name, message), 'staging'), code);
});

it.each([
  ['ENOTFOUND', 'has no address'],
  ['ECONNREFUSED', 'refuses connections'],
  ['ECONNRESET', 'cut the connection'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'shows a certificate that is not trusted'],
])('explains %s as a service that %s', (code, words) => {
  const error = explainError(thrown('Error', `connect ${code} 1.2.3.4:443`, code), asked);
  expect(error).toMatchObject({ code: 'aws-unreachable', message: expect.stringContaining(words) });
  const both = new AggregateError([thrown('Error', '', code)]);
  expect(explainError(both, asked).message).toBe(error.message);
});

function expectOneCleanLine(error: HotpassError, code: string): void {
  expect(error.code).toBe(code);
  const told = `${error.message}\n${error.hint}`;
  expect(told.split('\n')).toHaveLength(2);
  for (const secret of [SECRET, TOKEN, 'AKIAIOSFODNN7EXAMPLE', '--password'])
    expect(told).not.toContain(secret);
  expect(told).toMatchSnapshot();
}
