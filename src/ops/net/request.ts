import { type Choices, configured, fallback, flag } from '../../config/choose.ts';
import type { Config } from '../../config/load.ts';
import type { System } from '../../system.ts';
import { type Guard, guardOf } from '../guard/guard.ts';
import { isLoopback, loopbackAddresses } from './loopback.ts';
import { parseHost, parseLabel } from './parse.ts';
import { type Requirement, type TunnelPlan, VIAS } from './plan.ts';
import type { PortPolicy, WantedForward } from './ports/ports.ts';
import { readChosen } from './read-chosen.ts';
import { type EndpointWish, requestEndpoint } from './request-endpoint.ts';
import { requestGateway } from './request-gateway.ts';
import { inMilliseconds, oneOf, requestWaiting } from './request-waiting.ts';
import { requestSsm } from './via-ssm/request-ssm.ts';
import { wantForwards } from './want-forwards.ts';

/** What the flags of `net up` say; undefined where a flag was left out. */
export interface UpArgs {
  readonly via: string | undefined;
  readonly host: string | undefined;
  readonly sshUser: string | undefined;
  readonly sshPort: number | undefined;
  readonly identity: string | undefined;
  readonly jump: readonly string[];
  readonly sshOption: readonly string[];
  readonly sshConfig: string | undefined;
  readonly instance: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly roleArn: string | undefined;
  readonly reason: string | undefined;
  readonly channels: number | undefined;
  readonly eksCluster: string | undefined;
  readonly ssmClient: string | undefined;
  readonly forward: readonly string[];
  readonly label: string | undefined;
  readonly bind: readonly string[];
  readonly autoPort: boolean | undefined;
  readonly hold: number | undefined;
  readonly timeout: number | undefined;
  readonly require: string | undefined;
  readonly prefectHost: string | undefined;
  readonly prefectPort: number | undefined;
  readonly prefectRemotePort: number | undefined;
  readonly marquezHost: string | undefined;
  readonly marquezPort: number | undefined;
  readonly marquezRemotePort: number | undefined;
  readonly marquez: boolean | undefined;
  readonly confirm: string | undefined;
}

/** A plan but for its local ports, which are chosen under the lock of the ledger. */
export interface TunnelRequest {
  readonly plan: Omit<TunnelPlan, 'forwards'>;
  readonly wanted: readonly WantedForward[];
  /** One more forward, to a cluster; where that is has to be looked up. */
  readonly endpoint?: EndpointWish | undefined;
  /** Forwards whose local port the operator named. */
  readonly fixed: ReadonlySet<string>;
  readonly policy: PortPolicy;
  /** What must work for this call to succeed; the session itself is the same either way. */
  readonly require: Requirement;
  readonly warnings: readonly string[];
  /** Asked before anything is begun. */
  readonly guard: Guard;
}

const HOLD_MS = 30_000;

/**
 * Makes a checked request of flags, environment, config and defaults. Reads nothing but its arguments.
 * Throws the code of whatever is wrong; every one exits with 2.
 */
export function requestTunnel(
  sys: Pick<System, 'cwd' | 'home'>,
  args: UpArgs,
  config: Config,
  choices: Choices,
): TunnelRequest {
  const net = config.values.net;
  const fromFile = <T>(value: T | undefined, ...path: (string | number)[]) =>
    configured(config, value, ['net', ...path]);
  const variable = (name: string) => config.variable(name);
  const target = parseLabel(config.target.value, 'target');
  const label = parseLabel(choices.choose('label', flag(args.label, 'label'), fallback(target)) ?? target);
  const asked = choices.choose(
    'via',
    flag(args.via, 'via'),
    variable('HOTPASS_VIA'),
    fromFile(net?.via, 'via'),
    // Who names an instance means SSM.
    fallback(args.instance === undefined ? 'ssh-bastion' : 'ssm'),
  );
  const via = readChosen(choices, 'via', () => oneOf(asked, VIAS, 'via'));
  const bind = choices.choose(
    'bind',
    flag(args.bind.length === 0 ? undefined : args.bind, 'bind'),
    fromFile(listed(net?.bind), 'bind'),
    fallback<readonly string[]>(loopbackAddresses()),
  );
  const autoPort = choices.choose(
    'auto-port',
    flag(args.autoPort, 'auto-port'),
    fromFile(net?.autoPort, 'autoPort'),
  );
  const { wanted, endpoint } = wantForwards(args, config, choices, target);
  const addresses = [
    ...new Set(
      readChosen(choices, 'bind', () => (bind ?? []).map((address) => parseHost(address, 'bind address'))),
    ),
  ];
  const gateway = via === 'ssh-bastion' ? requestGateway(sys, args, config, choices) : undefined;
  const ssm = via === 'ssm' ? requestSsm(args, config, choices) : undefined;
  const holdMs =
    choices.choose(
      'hold',
      flag(args.hold, 'hold'),
      inMilliseconds(variable('HOTPASS_HOLD')),
      inMilliseconds(fromFile(net?.hold, 'hold')),
      fallback(HOLD_MS),
    ) ?? HOLD_MS;
  const waiting = requestWaiting(args, config, choices);
  return {
    plan: {
      label,
      target,
      via,
      ...(gateway === undefined ? {} : { gateway }),
      ...(ssm === undefined ? {} : { ssm }),
      bind: addresses,
      holdMs,
      timeoutMs: waiting.timeoutMs,
      ...(args.confirm === target ? { confirmed: true } : {}),
    },
    require: waiting.require,
    wanted,
    ...(endpoint === undefined ? {} : { endpoint: requestEndpoint(args, config, choices, endpoint) }),
    fixed: new Set(
      [...wanted, ...(endpoint === undefined ? [] : [endpoint])]
        .filter(({ localPort }) => localPort !== undefined)
        .map(({ name }) => name),
    ),
    policy: autoPort === undefined ? 'careful' : autoPort ? 'moves' : 'stays',
    warnings: addresses
      .filter((address) => !isLoopback(address))
      .map((address) => `--bind ${address}: whoever reaches that address reaches the services of ${target}`),
    guard: guardOf(target, config.values, {
      confirm: args.confirm,
      command: ['hotpass', 'net', 'up', target, ...(label === target ? [] : ['--label', label])],
    }),
  };
}

function listed(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : value;
}
