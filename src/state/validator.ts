/** One thing that a schema finds wrong, in the words of ajv. */
export interface SchemaProblem {
  /** JSON pointer to the wrong value; empty for the whole document. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A schema compiled ahead of time: a type guard that leaves what it found wrong in `errors`. */
export interface Validator<T> {
  (value: unknown): value is T;
  readonly errors?: readonly SchemaProblem[] | null;
}
