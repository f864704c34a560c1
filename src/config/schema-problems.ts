import type { SchemaProblem } from '../state/validator.ts';
import { suggestWord } from '../suggest.ts';
import { isMapping, valueAt } from './json.ts';
import { describePattern } from './patterns.ts';
import { fromPointer, type Path, showKeys } from './problems.ts';
import { configSchema } from './schema.ts';

/** A schema problem in our words, and the place it speaks of. */
export interface DescribedProblem {
  readonly path: Path;
  readonly what: 'key' | 'value';
  readonly message: string;
}

/** Puts a problem that the validator found into words; undefined when another one says the same. */
export function describeProblem(problem: SchemaProblem, document: unknown): DescribedProblem | undefined {
  const path = fromPointer(problem.instancePath);
  const value = valueAt(document, path);
  const { params } = problem;
  const name = path.length === 0 ? 'the file' : showKeys(path);
  const here = (message: string): DescribedProblem => ({ path, what: 'value', message });
  switch (problem.keyword) {
    case 'additionalProperties':
      return unknownKey(path, String(params.additionalProperty));
    case 'propertyNames':
      return badName(path, String(params.propertyName));
    case 'required':
      return here(`version is missing; the file begins with "version: 1"`);
    case 'const':
      return here(`version ${show(value)} is not known to this hotpass; allowed: 1`);
    case 'type':
      return here(`${name} must be ${typeNames(params.type)}, not ${describeValue(path, value)}`);
    case 'enum':
      return here(`${name} is ${show(value)}; ${suggest(value, words(params.allowedValues))}`);
    case 'minimum':
    case 'maximum':
      return here(`${name} is ${show(value)}; allowed: ${range(path)}`);
    case 'minLength':
      return here(`${name} is empty`);
    case 'pattern':
      // On a mapping it speaks of a key, and "propertyNames" says so better.
      if (typeof value !== 'string') return undefined;
      return here(
        `${name} ${mayShow(path) ? `is ${show(value)}` : 'is not right'}; ${describePattern(String(params.pattern))}`,
      );
    default:
      return here(`${name} ${problem.message ?? 'is not right'}`);
  }
}

function unknownKey(path: Path, key: string): DescribedProblem {
  const known = Object.keys(properties(path)).filter((name) => !name.startsWith('$'));
  const under = path.length === 0 ? 'at the top' : `under ${showKeys(path)}`;
  return {
    path: [...path, key],
    what: 'key',
    message: `unknown key ${show(key)} ${under}; ${suggest(key, known)}`,
  };
}

function badName(path: Path, key: string): DescribedProblem {
  const names = valueAt(subschema(path), ['propertyNames', 'pattern']);
  return {
    path: [...path, key],
    what: 'key',
    message: `${show(key)} is no name under ${showKeys(path)}; ${describePattern(String(names))}`,
  };
}

function suggest(word: unknown, allowed: readonly string[]): string {
  const nearest = typeof word === 'string' ? suggestWord(word, allowed) : undefined;
  const question = nearest === undefined ? '' : `did you mean "${nearest}"? `;
  return `${question}allowed: ${allowed.join(', ')}`;
}

function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function typeNames(type: unknown): string {
  const names = Array.isArray(type) ? type.map(String) : String(type).split(',');
  return names.map((name) => typeWords[name] ?? name).join(' or ');
}

function describeValue(path: Path, value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  const kind = typeof value === 'boolean' ? 'a boolean' : `a ${typeof value}`;
  const quotes = typeof value !== 'string' && allowsText(path) ? '; put it in quotes' : '';
  return `${kind}${mayShow(path) ? ` (${show(value)})` : ''}${quotes}`;
}

function allowsText(path: Path): boolean {
  return valueAt(subschema(path), ['type']) === 'string';
}

function range(path: Path): string {
  const schema = subschema(path);
  const least = valueAt(schema, ['minimum']);
  const most = valueAt(schema, ['maximum']);
  return most === undefined ? `${least} or more` : `${least} to ${most}`;
}

const SHOWN_CHARACTERS = 60;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** A secret that was put in the wrong place must not end in a log. */
function mayShow(path: Path): boolean {
  return !path.includes('env') && !path.includes('options');
}

function properties(path: Path): Readonly<Record<string, unknown>> {
  const found = valueAt(subschema(path), ['properties']);
  return isMapping(found) ? found : {};
}

function subschema(path: Path): unknown {
  let here: unknown = configSchema;
  for (const step of path) {
    here =
      valueAt(here, ['properties', step]) ??
      (/^\d+$/.test(String(step)) ? valueAt(here, ['items']) : undefined) ??
      valueAt(here, ['additionalProperties']);
  }
  return here;
}
