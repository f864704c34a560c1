import type { Forward, Gateway } from '../plan.ts';
import { PULSE_TARGET } from './pulse.ts';

/** Seconds between keepalives and how many may stay unanswered: ssh ends one interval later, so within 20 s. */
const KEEPALIVE_SECONDS = 5;
const KEEPALIVE_MISSES = 2;
const CONNECT_SECONDS = 10;
/** The same where a person may be asked meanwhile; sshd itself waits for a login no longer than that. */
const ATTENDED_SECONDS = 120;

/**
 * What holds for every ssh of a session, the ones to its jump hosts too. Each guards the supervisor's hold on what it
 * started: no shared master that outlives it, no fork into the background, nothing run on either side, no device.
 */
const GUARDS = [
  'ControlPath=none',
  'ControlMaster=no',
  'ForkAfterAuthentication=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'PermitLocalCommand=no',
  'Tunnel=no',
  `ServerAliveInterval=${KEEPALIVE_SECONDS}`,
  `ServerAliveCountMax=${KEEPALIVE_MISSES}`,
  'ConnectionAttempts=1',
] as const;

/**
 * Whether ssh may ask: never without a person. While one on the way (a jump host) asks, the ssh behind it waits for its
 * server's greeting, which ConnectTimeout counts.
 */
const LOGIN_OPTIONS = {
  unattended: ['BatchMode=yes', `ConnectTimeout=${CONNECT_SECONDS}`],
  attended: [`ConnectTimeout=${CONNECT_SECONDS}`],
  'attended-on-the-way': [`ConnectTimeout=${ATTENDED_SECONDS}`],
} as const;

/** How a login is made: `attended-on-the-way` where a person may also be asked by what leads to the bastion. */
export type LoginMode = keyof typeof LOGIN_OPTIONS;

/**
 * Options that hotpass always sets, first on the command line: ssh keeps the first value that it meets, so nothing in
 * ssh_config can change them (ssh_config(5)). ssh clears our own forwards too when it is told to clear all.
 */
const OWN_OPTIONS = [
  ...GUARDS,
  'ClearAllForwardings=no',
  'ExitOnForwardFailure=yes',
  'StreamLocalBindUnlink=yes',
  'SessionType=none',
] as const;

/** ssh's own level, so that it says why it ended; `--ssh-option` may ask for more and comes first. */
const VOICE = ['LogLevel=INFO', 'LogVerbose=none'] as const;

/**
 * What holds for a jump host, in the words of ssh_config. `ssh -W` fills these in only where ssh_config is silent; it
 * is fed through stdin.
 */
export function hopOptions(mode: LoginMode): readonly string[] {
  return [...GUARDS, ...LOGIN_OPTIONS[mode], 'ClearAllForwardings=yes', 'StdinNull=no', ...VOICE];
}

/** Names, in lower case, that `--ssh-option` may not set. */
export const RESERVED_OPTIONS: ReadonlySet<string> = new Set([
  ...[...OWN_OPTIONS, ...LOGIN_OPTIONS.unattended].map((option) => option.replace(/=.*/, '').toLowerCase()),
  'controlpersist',
  'localforward',
  'remoteforward',
  'dynamicforward',
  'stdinnull',
]);

/** How an ssh is started that differs from try to try. */
export interface SshStart {
  /** Default `unattended`. */
  readonly mode?: LoginMode;
  /** Go on when a forward of ssh_config cannot be had; ours are looked after in another way. */
  readonly isTolerant?: boolean;
  /** Local socket of a forward that asks the far side for a sign of life. */
  readonly pulse?: string;
}

/** Builds the argument list of the ssh that a session owns; each forward listens on `socket(forward)`. */
export function sshArgv(
  gateway: Gateway,
  forwards: readonly Forward[],
  socket: (forward: Forward) => string,
  { mode = 'unattended', isTolerant = false, pulse }: SshStart = {},
): [string, ...string[]] {
  return [
    'ssh',
    '-N',
    '-T',
    // First, so that it wins over the one below.
    ...(isTolerant ? ['-o', 'ExitOnForwardFailure=no'] : []),
    ...[...OWN_OPTIONS, ...LOGIN_OPTIONS[mode]].flatMap((option) => ['-o', option]),
    ...gatewayArgs(gateway),
    ...VOICE.flatMap((option) => ['-o', option]),
    ...forwards.flatMap((forward) => ['-L', `${socket(forward)}:${bracketed(forward.host)}:${forward.port}`]),
    ...(pulse === undefined ? [] : ['-L', `${pulse}:${PULSE_TARGET}`]),
    ...destination(gateway),
  ];
}

/** Builds a plain ssh command with the same forwards, for a person to paste. */
export function plainSshArgv(
  gateway: Gateway,
  forwards: readonly Forward[],
  bind: readonly string[],
): [string, ...string[]] {
  const listeners = forwards.flatMap((forward) =>
    bind.flatMap((address) => [
      '-L',
      `${bracketed(address)}:${forward.localPort}:${bracketed(forward.host)}:${forward.port}`,
    ]),
  );
  const guards = ['-o', 'ExitOnForwardFailure=yes', '-o', `ServerAliveInterval=${KEEPALIVE_SECONDS}`];
  return ['ssh', '-N', ...guards, ...gatewayArgs(gateway), ...listeners, ...destination(gateway)];
}

/** Builds the `ssh -G` that prints what ssh makes of the destination, without connecting. */
export function sshConfigArgv(gateway: Gateway): [string, ...string[]] {
  // Without -N, ssh stops over a ForkAfterAuthentication of ssh_config. What it would clear, our ssh opens.
  return [
    'ssh',
    '-G',
    '-N',
    '-o',
    'ClearAllForwardings=no',
    ...gatewayArgs(gateway),
    ...destination(gateway),
  ];
}

function gatewayArgs(gateway: Gateway): string[] {
  return [
    ...(gateway.configFile === undefined ? [] : ['-F', gateway.configFile]),
    ...(gateway.port === undefined ? [] : ['-p', String(gateway.port)]),
    // With IdentitiesOnly an agent full of other keys cannot use up the tries that the server allows.
    ...(gateway.identity === undefined ? [] : ['-i', gateway.identity, '-o', 'IdentitiesOnly=yes']),
    ...(gateway.jump.length === 0 ? [] : ['-J', gateway.jump.join(',')]),
    ...gateway.options.flatMap((option) => ['-o', option]),
  ];
}

function destination(gateway: Gateway): string[] {
  return [...(gateway.user === undefined ? [] : ['-l', gateway.user]), '--', gateway.host];
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
