import { setMaxListeners } from 'node:events';

/** Makes an abort controller that many waits may listen to; node warns from the eleventh on by default. */
export function createAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** A signal that never aborts: for waits that tidy up, which must not be cut short by the very Ctrl-C that caused them. */
export const NEVER: AbortSignal = createAbort().signal;

/** An abort of one wait that also follows signals which live for longer. */
export interface Following {
  readonly signal: AbortSignal;
  abort(): void;
  /** The wait is over: nothing is followed any more. */
  free(): void;
}

/**
 * Makes an abort that follows some signals. Must be freed; what AbortSignal.any makes cannot be, and node 20 keeps it
 * for as long as its oldest source lives, in a process that lives for days.
 */
export function followSignals(...followed: readonly AbortSignal[]): Following {
  const controller = createAbort();
  const abort = () => controller.abort();
  for (const signal of followed) {
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  }
  return {
    signal: controller.signal,
    abort,
    free() {
      for (const signal of followed) signal.removeEventListener('abort', abort);
    },
  };
}

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
