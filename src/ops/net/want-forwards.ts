import { type Choices, configured, fallback, flag } from '../../config/choose.ts';
import type { Config } from '../../config/load.ts';
import { HotpassError } from '../../errors.ts';
import { changedByOlderFlags, isKnown, KNOWN_NAMES, portOf } from './older-flags.ts';
import { type EndpointText, type ForwardText, parseEndpoint, parseForward, parseHost } from './parse.ts';
import type { WantedForward } from './ports/ports.ts';
import type { ProbeKind } from './probe.ts';
import type { UpArgs } from './request.ts';
import type { EndpointForward } from './request-endpoint.ts';

/** What `--explain` says of a forward whose host is not known before it is looked up. */
const TO_CLUSTER = 'endpoint of the cluster';

/** The forwards of a request; one may lead to a cluster, wherever its endpoint is. */
interface WantedForwards {
  readonly wanted: readonly WantedForward[];
  readonly endpoint: EndpointForward | undefined;
}

/**
 * Puts together the forwards of a request: config first, `--forward` adds to it or replaces one of the same name, the
 * older `--prefect-*` and `--marquez-*` flags change single parts. When nobody names any, target staging has the
 * original's two. Forward eks needs no host: it leads to the cluster. Throws `no-forwards`, `port-invalid` (one local
 * port twice) and the codes of `parse.ts`.
 */
export function wantForwards(args: UpArgs, config: Config, choices: Choices, target: string): WantedForwards {
  const wanted = new Map<string, WantedForward>();
  for (const forward of fromConfig(config)) wanted.set(forward.name, forward);
  const named = args.forward.map((text) => parseEndpoint(text) ?? parseForward(text));
  refuseTwice(named);
  const endpoint = chooseEndpoint(config, named);
  if (endpoint !== undefined) wanted.delete(endpoint.name);
  for (const forward of named.filter((one) => 'host' in one)) {
    // The probe of the config stays: the command line has no word for it.
    const known = wanted.get(forward.name);
    wanted.set(forward.name, {
      probe: probeFor(forward.name),
      path: undefined,
      ...keepProbe(known),
      ...forward,
    });
  }
  const mayUseDefaults = wanted.size === 0 && endpoint === undefined && target === 'staging';
  for (const name of KNOWN_NAMES) {
    const changed = changedByOlderFlags(name, args, config, wanted.get(name), mayUseDefaults, choices);
    if (changed !== undefined) wanted.set(name, changed);
  }
  if (args.marquez === false) wanted.delete('marquez');
  const forwards = [...wanted.values()];
  if (forwards.length === 0 && endpoint === undefined) {
    throw new HotpassError('no-forwards', `target ${target} has nothing to forward`, {
      hint: `--forward NAME=HOST:PORT, or targets.${target}.net.forwards in hotpass.yaml`,
    });
  }
  refusePortTwice(endpoint === undefined ? forwards : [...forwards, endpoint]);
  for (const { name, host, port } of forwards) {
    const origin = named.some((forward) => forward.name === name)
      ? flag(`${host}:${port}`, 'forward')
      : configured(config, config.values.net?.forwards?.[name] && `${host}:${port}`, [
          'net',
          'forwards',
          name,
        ]);
    choices.choose(`forward ${name}`, origin, fallback(`${host}:${port}`));
  }
  if (endpoint !== undefined) {
    const isFlag = named.some(({ name }) => name === endpoint.name);
    const path = ['net', 'forwards', endpoint.name];
    choices.choose(
      `forward ${endpoint.name}`,
      isFlag ? flag(TO_CLUSTER, 'forward') : configured(config, TO_CLUSTER, path),
    );
  }
  return { wanted: forwards, endpoint };
}

/** Of a forward that both name, the command line says what it is. */
function chooseEndpoint(
  config: Config,
  named: readonly (ForwardText | EndpointText)[],
): EndpointForward | undefined {
  const asked = named.find(({ name }) => name === 'eks');
  if (asked !== undefined) return 'host' in asked ? undefined : { ...asked, probe: 'eks' };
  const forward = config.values.net?.forwards?.eks;
  if (forward === undefined || !isEndpoint('eks', forward)) return undefined;
  return { name: 'eks', localPort: forward.local, probe: forward.probe ?? 'eks' };
}

function isEndpoint(
  name: string,
  { host, port }: { readonly host?: string; readonly port?: number },
): boolean {
  return name === 'eks' && host === undefined && port === undefined;
}

function fromConfig(config: Config): WantedForward[] {
  return Object.entries(config.values.net?.forwards ?? {}).flatMap(([name, forward]) => {
    if (isEndpoint(name, forward)) return [];
    const port = forward.port ?? (isKnown(name) ? portOf(name) : undefined);
    if (forward.host === undefined || port === undefined) {
      const origin = config.origin(['net', 'forwards', name]) ?? 'config';
      throw new HotpassError('forward-invalid', `${origin}: forward ${name} has no host and port`, {
        hint:
          name === 'eks'
            ? 'give both, or neither: eks: {} leads to the cluster of the target'
            : `${name}: { host: HOST, port: PORT }`,
      });
    }
    return {
      name,
      host: parseHost(forward.host),
      port,
      localPort: forward.local,
      probe: forward.probe ?? probeFor(name),
      path: forward.path,
    };
  });
}

function keepProbe(known: WantedForward | undefined): { probe?: ProbeKind; path?: string | undefined } {
  return known === undefined ? {} : { probe: known.probe, path: known.path };
}

/** A forward named after a service that we know is asked as that service; any other must take a connection. */
function probeFor(name: string): ProbeKind {
  return isKnown(name) ? name : 'tcp';
}

function refuseTwice(forwards: readonly { readonly name: string }[]): void {
  const twice = forwards.find(
    ({ name }, index) => forwards.findIndex((other) => other.name === name) !== index,
  );
  if (twice === undefined) return;
  throw new HotpassError('forward-invalid', `forward ${twice.name} is given twice`, {
    hint: 'give each a name of its own',
  });
}

function refusePortTwice(forwards: readonly Pick<WantedForward, 'name' | 'localPort'>[]): void {
  const seen = new Map<number, string>();
  for (const { name, localPort } of forwards) {
    if (localPort === undefined) continue;
    const first = seen.get(localPort);
    if (first !== undefined) {
      throw new HotpassError('port-invalid', `local port ${localPort} is given to ${first} and to ${name}`, {
        hint: 'give each forward a port of its own, or leave it to hotpass',
      });
    }
    seen.set(localPort, name);
  }
}
