const CODES: readonly string[] = [
  'ssh-auth-failed',
  'host-key-unknown',
  'login-needed',
  'credentials-expired',
  'credentials-missing',
  'sso-expired',
];

/** Tells whether a try to open the way failed over something that only a person can mend. */
export function needsPerson({ code }: { readonly code?: string | undefined }): boolean {
  return code !== undefined && CODES.includes(code);
}
