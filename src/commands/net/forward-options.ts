import type { OptionSpec } from '../../command.ts';

/** The names of the Python original for its two services; they change single parts of a forward. */
export const olderForwardOptions = {
  prefectHost: {
    type: 'string',
    describe: 'Host of Prefect on the far side',
    value: 'HOST',
    variable: 'HOTPASS_PREFECT_REMOTE_HOST',
    hidden: true,
  },
  prefectPort: { type: 'number', describe: 'Local port of the forward prefect', value: 'PORT', hidden: true },
  prefectRemotePort: {
    type: 'number',
    describe: 'Port of Prefect on the far side',
    value: 'PORT',
    hidden: true,
  },
  marquezHost: {
    type: 'string',
    describe: 'Host of Marquez on the far side',
    value: 'HOST',
    variable: 'HOTPASS_MARQUEZ_REMOTE_HOST',
    hidden: true,
  },
  marquezPort: { type: 'number', describe: 'Local port of the forward marquez', value: 'PORT', hidden: true },
  marquezRemotePort: {
    type: 'number',
    describe: 'Port of Marquez on the far side',
    value: 'PORT',
    hidden: true,
  },
  marquez: { type: 'boolean', describe: 'With --no-marquez: leave the forward marquez out', hidden: true },
  detach: { type: 'boolean', describe: 'Run in the background, which is the default now', hidden: true },
} as const satisfies Record<string, OptionSpec>;
