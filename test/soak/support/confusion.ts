import { type Judged, type Look, seconds, type Truth, WORDS, type Word } from './judge-looks.ts';

/** Everything that was seen of one fault. */
export interface FaultReport {
  readonly fault: string;
  readonly truths: readonly Truth[];
  readonly judged: readonly Judged[];
  /** What went another way than the fault had it: it did not heal, or the test's own client saw something else. */
  readonly problems: readonly string[];
  /** How late the test itself was at most, in milliseconds. */
  readonly lateMs: number;
}

/** The longest that a look may take: it waits 2.5 s for a background process that does not answer. */
const LONGEST_LOOK_MS = 4_000;

/** Lists what is wrong, words that are better than the truth first; empty when the program told the truth. Pure. */
export function complaintsOf(report: FaultReport): string[] {
  const { judged, truths, problems } = report;
  const tell = (look: Judged) => {
    const since = truths.findLast(({ from }) => from <= look.ended)?.from ?? look.began;
    const why = look.reason === undefined ? '' : ` (${look.reason})`;
    return `said ${look.word}, was ${look.truth} for ${seconds(look.ended - since)}${why}`;
  };
  const graded = (grade: Judged['grade']) => judged.filter((look) => look.grade === grade);
  const slow = judged.filter(({ began, ended }) => ended - began > LONGEST_LOOK_MS);
  return [
    ...problems,
    ...graded('flattering').map((look) => `BETTER THAN THE TRUTH: ${tell(look)}`),
    ...graded('late').map((look) => `wrong: ${tell(look)}`),
    ...slow.map((look) => `a look took ${seconds(look.ended - look.began)}, ${tell(look)}`),
  ].map((text) => `${report.fault}: ${text}`);
}

/** Who is later than this got no time from the machine. */
const STARVED_MS = 400;
/** As little as a look takes that waits for nobody, and one that may wait for a service that is silent. */
const STARVED_LOOK_MS = 1_500;
const STARVED_PROBE_MS = 3_000;

/** Tells whether the machine was too busy to judge anything by the clock. Pure. */
export function isStarved({ judged, lateMs }: Pick<FaultReport, 'judged' | 'lateMs'>): boolean {
  return lateMs > STARVED_MS || judged.some(crawled);
}

function crawled({ word, truth, began, ended }: Judged): boolean {
  // Who looks at a process that is stopped waits, and that is as it should be.
  if (truth === 'failed') return false;
  const mayWait = [word, truth].some((one) => one === 'degraded' || one === 'reconnecting');
  return ended - began > (mayWait ? STARVED_PROBE_MS : STARVED_LOOK_MS);
}

/**
 * Renders how often which word was said in which true state. A plain number was right, `n~` was still in time,
 * `n!` was wrong. Pure.
 */
export function renderMatrix(judged: readonly Judged[]): string {
  const rows = WORDS.filter((word) => judged.some(({ truth }) => truth === word));
  const cell = (truth: Word, word: Word): string => {
    const looks = judged.filter((look) => look.truth === truth && look.word === word);
    const right = looks.filter(({ grade }) => grade === 'right').length;
    const inTime = looks.filter(({ grade }) => grade === 'in-time').length;
    const wrong = looks.length - right - inTime;
    const parts = [right > 0 && `${right}`, inTime > 0 && `${inTime}~`, wrong > 0 && `${wrong}!`];
    return parts.filter((part) => part !== false).join(' ') || '.';
  };
  const lines = rows.map((truth) => [truth, ...WORDS.map((word) => cell(truth, word))]);
  return table([['true \\ said', ...WORDS], ...lines]);
}

/** Renders the delays of each fault: the longest where it happened more than once. Pure. */
export function renderDelays(reports: readonly FaultReport[]): string {
  const head = [
    'fault',
    'looks',
    'wrong',
    'true state',
    'told after',
    'served after heal',
    'ready after heal',
  ];
  const rows = reports.map(({ fault, truths, judged }) => {
    const broken = truths.slice(1).filter(({ word }) => word !== 'ready');
    const mended = truths.slice(1).filter(({ word }) => word === 'ready');
    const wrong = judged.filter(({ grade }) => grade === 'late' || grade === 'flattering').length;
    return [
      fault,
      `${judged.length}`,
      `${wrong}`,
      [...new Set(broken.map(({ word }) => word))].join(', ') || 'ready',
      longest(broken.map((truth) => toldAfter(truth, truths, judged))),
      longest(mended.map(({ from, cause = from }) => from - cause)),
      longest(mended.map((truth) => toldAfter(truth, truths, judged))),
    ];
  });
  return table([head, ...rows]);
}

/** From the cause of a truth to the end of the first look that said it; undefined when none did. */
function toldAfter(truth: Truth, truths: readonly Truth[], looks: readonly Look[]): number | undefined {
  const { from, cause = from, word } = truth;
  const until = truths[truths.indexOf(truth) + 1]?.from ?? Infinity;
  const ends = looks
    .filter((look) => look.word === word && look.ended >= cause && look.began <= until)
    .map(({ ended }) => ended);
  return ends.length === 0 ? undefined : Math.min(...ends) - cause;
}

function longest(times: readonly (number | undefined)[]): string {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? '-' : seconds(Math.max(...known));
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
