import type { System } from '../../system.ts';
import type { Break } from './status.ts';

/** The breaks of a session's way and what became of its clients. */
export interface Breaks {
  /** The way is gone; a break that lasts already goes on. */
  begin(reason: string): void;
  /** Part of the way is gone: that is a break if clients were cut by it. */
  suspect(reason: string): void;
  /** The way is there again; `how`, in words, is told with the reason. */
  mend(how?: string): void;
  /** Clients that were held during the break are served, or connections have lived through it. */
  keep(clients: number): void;
  /** Clients were cut by the break; also told just before it begins, because they notice first, or just after its end. */
  cut(clients: number): void;
  /** A client was held for as long as it may be, and the break lasts on. */
  refuse(): void;
  /** The breaks that were mended, oldest first. */
  mended(): readonly Break[];
}

interface Counted {
  readonly at: string;
  readonly since: number;
  reason: string;
  seconds: number | undefined;
  kept: number;
  lost: number;
  /** Nobody need have noticed. */
  isSuspected: boolean;
}

const REMEMBERED = 20;
/** How long after the end of a break clients that it cut may be told. */
const LATE_MS = 250;

/** Makes the memory of one session's breaks. */
export function createBreaks(sys: Pick<System, 'now' | 'monotonic'>): Breaks {
  const all: Counted[] = [];
  let early = 0;
  const newest = () => all.at(-1);
  const endOf = ({ since, seconds }: Counted) =>
    seconds === undefined ? Number.POSITIVE_INFINITY : since + seconds * 1000;
  const lasting = () => {
    const last = newest();
    return last?.seconds === undefined ? last : undefined;
  };
  const begin = (reason: string, isSuspected: boolean) => {
    const last = lasting();
    if (last !== undefined) {
      last.isSuspected &&= isSuspected;
      return;
    }
    const at = sys.now().toISOString();
    all.push({ at, since: sys.monotonic(), reason, seconds: undefined, kept: 0, lost: early, isSuspected });
    early = 0;
    if (all.length > REMEMBERED) all.shift();
  };
  return {
    begin: (reason) => begin(reason, false),
    suspect: (reason) => begin(reason, true),
    mend(how) {
      const last = lasting();
      if (last === undefined) return;
      last.seconds = (sys.monotonic() - last.since) / 1000;
      if (how !== undefined) last.reason = `${last.reason}, ${how}`;
    },
    // Clients are served when the break is over already: they count for the newest one, mended or not.
    keep(clients) {
      const last = newest();
      if (last !== undefined) last.kept += clients;
    },
    cut(clients) {
      const last = newest();
      if (last !== undefined && sys.monotonic() - endOf(last) < LATE_MS) last.lost += clients;
      else early += clients;
    },
    refuse() {
      const last = lasting();
      if (last !== undefined) last.lost += 1;
    },
    mended: () =>
      all.flatMap(({ at, seconds, reason, kept, lost, isSuspected }) => {
        const isNone = seconds === undefined || (isSuspected && lost === 0);
        return isNone ? [] : [{ at, seconds, reason, kept, lost }];
      }),
  };
}
