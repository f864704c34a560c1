const CODES: readonly string[] = [
  'ssh-auth-failed',
  'host-key-unknown',
  'login-needed',
  'credentials-expired',
  'credentials-missing',
  'credential-process-failed',
  'sso-expired',
];

/** Tells whether a try to open the way failed over something that only a person can mend. */
export function needsPerson({ code }: { readonly code?: string | undefined }): boolean {
  return code !== undefined && CODES.includes(code);
}

/** Tells whether a way is closed for what was asked of it: the far side will not do it at the next try either. */
export function isForbidden({ code }: { readonly code?: string | undefined }): boolean {
  return code === 'remote-forbidden';
}
