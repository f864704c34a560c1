import { SESSION_STATES, type SessionState } from '../../../src/ops/net/lifecycle.ts';

/** What a look at a session can say: a state, `nothing` when no session is shown, `error` for anything else. */
export type Word = SessionState | 'nothing' | 'error';
export const WORDS: readonly Word[] = [...SESSION_STATES, 'nothing', 'error'];

/** What is true of a session from a moment on, until the next truth. Times are milliseconds of one clock. */
export interface Truth {
  readonly from: number;
  readonly word: Word;
  /** How long a look may still say what was true before, or a word of `meanwhile`. */
  readonly withinMs: number;
  readonly meanwhile?: readonly Word[];
  /** When that happened which made it true, where this was earlier: the end of a fault. Default `from`. */
  readonly cause?: number;
  /** The test's own client cannot tell: it is not asked to agree. */
  readonly unproven?: boolean;
}

/** One `net status`, from its start to its end. */
export interface Look {
  readonly began: number;
  readonly ended: number;
  readonly word: Word;
  readonly reason?: string;
}

/** One try of the test's own client to be served through the tunnel. */
export interface Try {
  readonly began: number;
  readonly ended: number;
  readonly served: boolean;
}

/** `late` and `flattering` are faults of the program; `flattering` says better than it is, or was. */
export type Grade = 'right' | 'in-time' | 'late' | 'flattering';

/** A look, and what was true when it was made. */
export type Judged = Look & { readonly truth: Word; readonly grade: Grade };

/** A client and a look that see the same change may cross: neither is told to the millisecond when it was. */
const CROSSING_MS = 500;

/** Judges one look by what was true while it was made, and shortly before. Pure. */
export function judgeLook(look: Look, truths: readonly Truth[]): Judged {
  const during = truthsBetween(truths, look.began, look.ended + CROSSING_MS);
  const said = during.find(({ word }) => word === look.word);
  if (said !== undefined) return { ...look, truth: said.word, grade: 'right' };
  const truth = truthsBetween(truths, look.ended, look.ended)[0]?.word ?? 'nothing';
  return { ...look, truth, grade: isInTime(look, truths, during) ? 'in-time' : gradeWrong(look.word, truth) };
}

/** Finds what the test itself must have got wrong: truths that its own client saw otherwise. Pure. */
export function findContradictions(tries: readonly Try[], truths: readonly Truth[]): string[] {
  return tries.flatMap(({ began, ended, served }) => {
    const around = truthsBetween(truths, began - CROSSING_MS, ended + CROSSING_MS);
    const [truth] = around;
    if (truth === undefined || around.length > 1 || truth.unproven) return [];
    if (served === (truth.word === 'ready')) return [];
    const when = `${seconds(began - truth.from)} after it was made ${truth.word}`;
    return [`a client was ${served ? 'served' : 'not served'} ${when}`];
  });
}

/** The truths that held at some moment of a time, oldest first. */
function truthsBetween(truths: readonly Truth[], start: number, end: number): Truth[] {
  return truths.filter(({ from }, index) => from <= end && (truths[index + 1]?.from ?? Infinity) > start);
}

/** Writes milliseconds as seconds with one digit. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function isInTime(look: Look, truths: readonly Truth[], during: readonly Truth[]): boolean {
  return during.some((truth) => {
    if (look.began > truth.from + truth.withinMs) return false;
    const before = truthsBetween(truths, look.began - truth.withinMs, look.ended);
    // What lies between the old word and the new one is nearer to the truth than the old one, which may be said.
    const isBetween = (old: Word) => worth(old) > worth(look.word) && worth(look.word) > worth(truth.word);
    const mayBeSaid = before.some(({ word }) => word === look.word || isBetween(word));
    return mayBeSaid || truth.meanwhile?.includes(look.word) === true;
  });
}

function gradeWrong(said: Word, truth: Word): Grade {
  return worth(said) > worth(truth) ? 'flattering' : 'late';
}

function worth(word: Word): number {
  if (word === 'ready') return 2;
  return word === 'degraded' ? 1 : 0;
}
