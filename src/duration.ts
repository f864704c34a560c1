const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The longest wait that a timer of Node can hold; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Reads `30s`, `10m`, `1h`, `500ms` or bare seconds as milliseconds; undefined when it is none or over 24 days. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const ms = Math.round(Number(amount) * (UNIT_MS[unit] ?? 1));
  return ms <= LONGEST_MS ? ms : undefined;
}
