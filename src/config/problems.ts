import { HotpassError } from '../errors.ts';
import { printable } from '../printable.ts';

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a config file. */
export interface Problem extends Position {
  readonly file: string;
  /** JSON pointer to the value; empty for the whole file. */
  readonly pointer: string;
  readonly message: string;
}

/** Steps from the top of a document to a value. */
export type Path = readonly (string | number)[];

const SHOWN_PROBLEMS = 20;

/** Makes the one error for all problems of a file: the first is the message, all are in `details`. */
export function invalidConfig(problems: readonly Problem[], cause?: unknown): HotpassError {
  // Quoting by JSON leaves DEL and the 8-bit controls as they are.
  const shown = problems.map((problem) => ({ ...problem, message: printable(problem.message) }));
  const sorted = shown.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const first = sorted[0];
  if (first === undefined)
    return new HotpassError('unexpected', 'a config file is refused without a reason', { cause });
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : '';
  const lines = [...new Set(sorted.slice(0, SHOWN_PROBLEMS).map((problem) => problem.line))];
  return new HotpassError('config-invalid', `${showPosition(first.file, first)}: ${first.message}${more}`, {
    hint: `edit ${first.file}, ${lines.length > 1 ? 'lines' : 'line'} ${lines.join(', ')}`,
    details: { problems: sorted.slice(0, SHOWN_PROBLEMS), count: sorted.length },
    cause,
  });
}

/** Writes `file:line:column`. */
export function showPosition(file: string, { line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

/** Writes a path as JSON pointer (RFC 6901). */
export function toPointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Reads a JSON pointer. */
export function fromPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Writes a path as people do: `targets.staging.net`. */
export function showKeys(path: Path): string {
  return path
    .map(String)
    .map((step) => (/^[\w.$-]+$/.test(step) ? step : JSON.stringify(step)))
    .join('.');
}
