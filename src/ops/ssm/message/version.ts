/**
 * Tells whether a version as `3.3.987.0` is at least another one: part by part, as numbers; parts that are left out
 * are 0. What is no version is older than any.
 */
export function isAtLeast(version: string, wanted: string): boolean {
  if (!/^\d{1,9}(\.\d{1,9})*$/.test(version)) return false;
  const [has, needs] = [version, wanted].map((text) => text.split('.').map(Number));
  for (let part = 0; part < Math.max(has?.length ?? 0, needs?.length ?? 0); part += 1) {
    const difference = (has?.[part] ?? 0) - (needs?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
