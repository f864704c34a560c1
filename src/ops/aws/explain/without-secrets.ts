const LONGEST_WORDS = 300;

/** Puts a text on one line of bearable length. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS - 1)}…` : line;
}

/** Strikes out known secrets, access keys and whatever is long enough to be a token or a signature. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length > 0);
  const struck = known.reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
  return struck.replace(/\bA(?:KIA|SIA)[A-Z0-9]{8,}/g, '…').replace(/[A-Za-z0-9+/=_-]{100,}/g, '…');
}
