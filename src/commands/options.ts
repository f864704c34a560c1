import type { OptionSpec } from '../command.ts';

/** Of every verb that changes something. */
export const dryRun = {
  type: 'boolean',
  describe: 'Print what would be done and change nothing',
} as const satisfies OptionSpec;
