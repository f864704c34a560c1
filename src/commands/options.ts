import type { OptionSpec } from '../command.ts';

/** Of every verb that changes something. */
export const dryRun = {
  type: 'boolean',
  describe: 'Print what would be done and change nothing',
} as const satisfies OptionSpec;

/** Of every verb that `protected: true` covers. */
export const confirm = {
  type: 'string',
  describe: 'Name the target again, where it is protected',
  value: 'TARGET',
  complete: 'target',
  advanced: true,
} as const satisfies OptionSpec;
