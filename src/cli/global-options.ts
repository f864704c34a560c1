import type { OptionSpec } from '../command.ts';

/** The options of every verb, in help order. */
export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  target: {
    type: 'string',
    short: 't',
    value: 'NAME',
    describe: 'Target to work on',
    fallback: 'defaultTarget of the config, else staging',
    variable: 'HOTPASS_TARGET',
    complete: 'target',
  },
  config: {
    type: 'string',
    value: 'FILE',
    describe: 'Config file to read in place of the one found upwards',
    variable: 'HOTPASS_CONFIG',
    complete: 'file',
  },
  stateDir: {
    type: 'string',
    value: 'DIR',
    describe: 'Folder for state',
    fallback: '.hotpass beside the config',
    variable: 'HOTPASS_STATE_DIR',
    complete: 'file',
  },
  json: { type: 'boolean', describe: 'Print the answer, or the error, as one JSON document' },
  quiet: { type: 'boolean', short: 'q', describe: 'Print no notes' },
  verbose: { type: 'boolean', short: 'v', describe: 'Print what helps to find a cause' },
  explain: { type: 'boolean', describe: 'Print where each value of the config comes from' },
  noColor: { type: 'boolean', describe: 'Print without colours', variable: 'NO_COLOR' },
  help: { type: 'boolean', short: 'h', describe: 'Print this help' },
};
