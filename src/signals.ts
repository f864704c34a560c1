import { setMaxListeners } from 'node:events';

/** Makes an abort controller that many waits may listen to; node warns from the eleventh on by default. */
export function createAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** A signal that never aborts: for waits that tidy up, which must not be cut short by the very Ctrl-C that caused them. */
export const NEVER: AbortSignal = createAbort().signal;

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
