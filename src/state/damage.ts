import { HotpassError } from '../errors.ts';
import { shellCommand } from '../shell-words.ts';
import type { SchemaProblem } from './validator.ts';

/** What is wrong with a document, and where. */
export interface Problem {
  /** JSON pointer; empty for the whole document. */
  readonly pointer: string;
  readonly reason: string;
}

/** Makes the error for a state file that cannot be used. */
export function invalid(path: string, problem: Problem, meanwhile?: string): HotpassError {
  const at = problem.pointer === '' ? '' : ` at ${problem.pointer}`;
  const aside = shellCommand(['mv', path, `${path}.damaged`]);
  return new HotpassError('state-invalid', `${path} is not valid${at}: ${problem.reason}`, {
    hint: meanwhile === undefined ? aside : `${meanwhile}; then ${aside}`,
    state: 'the file was not touched',
    details: { file: path, pointer: problem.pointer, reason: problem.reason },
  });
}

/** Picks what to tell of all that a schema found: another version explains everything else. */
export function schemaProblem(value: unknown, found: readonly SchemaProblem[]): Problem {
  const first = found.find(({ instancePath }) => instancePath === '/version') ?? found[0];
  if (first === undefined) return { pointer: '', reason: 'it has another shape' };
  const { instancePath: pointer, keyword, params, message = keyword } = first;
  if (pointer === '/version') {
    return {
      pointer,
      reason: `version ${brief(valueAt(value, pointer))} is not one that this hotpass knows`,
    };
  }
  if (keyword === 'required') return { pointer, reason: `${brief(params.missingProperty)} is missing` };
  if (keyword === 'additionalProperties') {
    return { pointer, reason: `${brief(params.additionalProperty)} is not known` };
  }
  const allowed = Array.isArray(params.allowedValues) ? ` (${params.allowedValues.join(', ')})` : '';
  return { pointer, reason: `${brief(valueAt(value, pointer))} ${message}${allowed}` };
}

function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.entries(found).find(
      ([key]) => key === part.replaceAll('~1', '/').replaceAll('~0', '~'),
    )?.[1];
  }
  return found;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
