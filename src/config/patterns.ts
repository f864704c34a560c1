/** What names of targets and forwards look like: safe in file names, terminals and ssh. */
export const namePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$';

/** A host name, address or ssh alias that no program can take for an option or a shell word. */
export const hostPattern = '^[A-Za-z0-9_.:\\[][A-Za-z0-9_.:%\\]-]*$';

/** One jump: `[USER@]HOST[:PORT]`. ssh hands it to a shell when the bastion is behind it, so it is strict. */
export const jumpPattern = '^(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*@)?[A-Za-z0-9_.:\\[][A-Za-z0-9_.:%\\]-]*$';

/** `30s`, `10m`, `1h`, `500ms`, or bare seconds. */
export const durationPattern = '^[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h)?$';

/** Text without line breaks and other control characters. */
export const linePattern = '^[^\\u0000-\\u001f\\u007f]*$';

/** Names of environment variables. */
export const variablePattern = '^[A-Za-z_][A-Za-z0-9_]*$';

/** A reference to a secret: where it is kept, and its name there. */
export const referencePattern = '^[a-z][a-z0-9+-]*:[^\\s]+$';

const words: ReadonlyMap<string, string> = new Map([
  [
    namePattern,
    'a name is 1 to 63 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
  ],
  [
    hostPattern,
    'a host is letters, digits, dots, dashes, underscores and colons, and does not begin with a dash',
  ],
  [jumpPattern, 'a jump is [USER@]HOST[:PORT]'],
  [durationPattern, 'a duration is 30s, 10m, 1h, 500ms or bare seconds'],
  [linePattern, 'it may not hold line breaks or control characters'],
  [variablePattern, 'a variable is letters, digits and underscores, and does not begin with a digit'],
  ['^/[^\\s]*$', 'a path begins with a slash and holds no spaces'],
  ['^[A-Za-z][A-Za-z0-9]*$', 'an ssh option is letters and digits, as in man ssh_config'],
  [
    '^[A-Za-z0-9_][A-Za-z0-9_.+@-]*$',
    'a user is a login name of letters, digits, dots, dashes and underscores, and does not begin with a dash',
  ],
  [referencePattern, 'a secret is a reference such as ssm:/path, never the secret itself'],
  ['^[0-9]{12}$', 'an account is 12 digits in quotes'],
]);

/** Says in words what a pattern of the schema asks for. */
export function describePattern(pattern: string): string {
  return words.get(pattern) ?? `it must match ${pattern}`;
}
