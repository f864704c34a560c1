import { HotpassError, isErrorCode } from '../../errors.ts';

/** What `net up` tells the background process that it started; the plan never stands on a command line. */
export type ToSupervisor =
  | {
      readonly type: 'order';
      readonly order: unknown;
      readonly attended: boolean;
      /** Variables that may hold secrets, and so were not there when the process was started. */
      readonly environment: unknown;
    }
  | { readonly type: 'relay'; readonly line: unknown }
  | { readonly type: 'stop' };

/** What the background process answers until it is left alone. */
export type FromSupervisor =
  | { readonly type: 'alive' }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'relay'; readonly line: unknown }
  | { readonly type: 'settled'; readonly status: unknown }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

/** A HotpassError as it travels between processes. */
export interface ErrorMessage {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: unknown;
}

/** Packs an error for the way. */
export function packError(error: HotpassError): ErrorMessage {
  return { code: error.code, message: error.message, hint: error.hint, details: error.details };
}

/** Unpacks an error from another process. */
export function unpackError(message: ErrorMessage): HotpassError {
  const code = isErrorCode(message.code) ? message.code : 'supervisor-failed';
  return new HotpassError(code, message.message, { hint: message.hint, details: message.details });
}

/** Tells whether a message of the channel has one of our types. */
export function isMessage<T extends { type: string }>(
  value: unknown,
  types: readonly T['type'][],
): value is T {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    types.some((type) => type === value.type)
  );
}
