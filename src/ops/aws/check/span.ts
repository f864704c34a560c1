/** Writes when something ends, by this machine's clock: `until 17:42 (3 h 10 min)`. Pure. */
export function untilText(end: Date, now: Date): string {
  const time = `${two(end.getHours())}:${two(end.getMinutes())}`;
  const isToday = end.toDateString() === now.toDateString();
  const day = isToday ? '' : `${end.getFullYear()}-${two(end.getMonth() + 1)}-${two(end.getDate())} `;
  return `until ${day}${time} (${lengthText(end.getTime() - now.getTime())})`;
}

/** Writes a length of time: `40 s`, `12 min`, `3 h 10 min`, `4 days`. */
export function lengthText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
