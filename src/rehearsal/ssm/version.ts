/** Tells whether a version of four numbers is newer than another. */
export function isNewer(version: string, than: string): boolean {
  const [left, right] = [version, than].map((one) => one.split('.').map(Number));
  for (let part = 0; part < 4; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
