import { type Choices, fallback, flag } from '../../config/choose.ts';
import type { Config } from '../../config/load.ts';
import { HotpassError } from '../../errors.ts';
import { parseHost, parsePort } from './parse.ts';
import type { WantedForward } from './ports/ports.ts';
import { readChosen } from './read-chosen.ts';
import type { UpArgs } from './request.ts';

/** Services that have a probe and, in the staging of the Python original, an address. */
const KNOWN = {
  prefect: { port: 4200, variable: 'HOTPASS_PREFECT_REMOTE_HOST' },
  marquez: { port: 5000, variable: 'HOTPASS_MARQUEZ_REMOTE_HOST' },
} as const;
type Known = keyof typeof KNOWN;
/** Their names. */
export const KNOWN_NAMES: readonly Known[] = ['prefect', 'marquez'];

/** Tells whether a forward is named after one of them. */
export function isKnown(name: string): name is Known {
  return Object.hasOwn(KNOWN, name);
}

/** Gives the port that one of them has on the far side. */
export function portOf(name: Known): number {
  return KNOWN[name].port;
}

/**
 * Changes single parts of a forward as the older `--prefect-*` and `--marquez-*` flags and variables say; gives undefined
 * where neither they nor anybody else names it. Throws `forward-invalid` and the codes of `parse.ts`.
 */
export function changedByOlderFlags(
  name: Known,
  args: UpArgs,
  config: Config,
  known: WantedForward | undefined,
  mayUseDefaults: boolean,
  choices: Choices,
): WantedForward | undefined {
  const asked =
    name === 'prefect'
      ? { host: args.prefectHost, localPort: args.prefectPort, port: args.prefectRemotePort }
      : { host: args.marquezHost, localPort: args.marquezPort, port: args.marquezRemotePort };
  const host = choices.choose(
    `${name}-host`,
    flag(asked.host, `${name}-host`),
    config.variable(KNOWN[name].variable),
    mayUseDefaults ? fallback(`${name}.staging.internal`) : undefined,
  );
  if (host === undefined && known === undefined) {
    if (asked.localPort === undefined && asked.port === undefined) return undefined;
    throw new HotpassError('forward-invalid', `--${name}-port says nothing about where ${name} is`, {
      hint: `add --${name}-host HOST`,
    });
  }
  return {
    name,
    host:
      host === undefined
        ? (known?.host ?? '')
        : readChosen(choices, `${name}-host`, () => parseHost(host, `host of ${name}`)),
    port: asked.port === undefined ? (known?.port ?? KNOWN[name].port) : parsePort(asked.port),
    localPort: asked.localPort === undefined ? known?.localPort : parsePort(asked.localPort, 'local port'),
    probe: known?.probe ?? name,
    path: known?.path,
  };
}
