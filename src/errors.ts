import { type ErrorCode, errorCodes } from './error-codes.ts';

/** What an error carries beside its message. */
export interface ErrorParts {
  /** The next command to type, or what to change. Printed after `next`. */
  readonly hint?: string | undefined;
  /** What was being done when it happened. Printed after `while`. */
  readonly doing?: string | undefined;
  /** What is left as it was. Printed after `state`. */
  readonly state?: string | undefined;
  /** Plain data for `--json`; never secrets. */
  readonly details?: unknown;
  readonly cause?: unknown;
}

/** The one error that hotpass throws: a stable code, a one-line message, and what to type next. */
export class HotpassError extends Error {
  override readonly name = 'HotpassError';
  readonly code: ErrorCode;
  readonly exitCode: 1 | 2 | 126 | 127;
  readonly hint: string | undefined;
  readonly doing: string | undefined;
  readonly state: string | undefined;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.exitCode = errorCodes[code].exit;
    this.hint = parts.hint;
    this.doing = parts.doing;
    this.state = parts.state;
    this.details = parts.details;
  }
}

/** Tells whether a word, from another process perhaps, is one of the codes. */
export function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(errorCodes, word);
}

/** Tells whether an unknown thrown thing is a system error with this errno word (`ENOENT`, `EADDRINUSE` …). */
export function isErrno(error: unknown, ...words: readonly string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && words.includes(error.code)
  );
}

/** Returns the message of any thrown thing, on one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}

/** Gives what was thrown as a HotpassError: anything else is a defect of ours, `unexpected`. */
export function asHotpassError(error: unknown): HotpassError {
  if (error instanceof HotpassError) return error;
  return new HotpassError('unexpected', messageOf(error), { cause: error });
}
