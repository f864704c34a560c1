import type { Choices } from '../../config/choose.ts';
import { HotpassError } from '../../errors.ts';

/**
 * Reads a value that was chosen under `name`. What is wrong with it is told with the variable or the line that it came
 * from; a flag is in front of the operator's eyes already. Throws as `read` does.
 */
export function readChosen<T>(choices: Choices, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const origin = choices.chosen.find((choice) => choice.name === name)?.origin;
    const isSeen = origin === undefined || origin.startsWith('flag ') || origin === 'default';
    if (isSeen || !(error instanceof HotpassError)) throw error;
    const { code, message, hint, details } = error;
    throw new HotpassError(code, `${origin}: ${message}`, { hint, details, cause: error });
  }
}
