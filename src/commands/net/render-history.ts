import type { Break, SessionStatus } from '../../ops/net/status.ts';
import { printable } from '../../printable.ts';
import { spanText } from '../table.ts';

const WORD = 'today: ';

/** Shows for each session the newest break of this day, local time, and how many more there were. Pure. */
export function historyLines(sessions: readonly SessionStatus[], now: Date): string[] {
  const lines = sessions.flatMap(({ label, breaks }) => {
    const today = breaks.filter(({ at }) => new Date(at).toDateString() === now.toDateString());
    const newest = today.at(-1);
    if (newest === undefined) return [];
    const more = today.length === 1 ? '' : `; ${today.length - 1} more`;
    return [`${label} ${breakText(newest)}${more}`];
  });
  // Reasons are words of ssh and of the far side.
  return lines.map((line, index) => printable(`${index === 0 ? WORD : ' '.repeat(WORD.length)}${line}`));
}

function breakText({ at, seconds, reason, kept, lost }: Break): string {
  const connections = `${kept} connection${kept === 1 ? '' : 's'} kept, ${lost} lost`;
  return `${clockText(new Date(at))} +${lengthText(seconds)}, ${reason}, ${connections}`;
}

/** Writes the time of day as this machine's clock shows it, `03:12:04`. */
export function clockText(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

function lengthText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : spanText(seconds * 1000);
}
