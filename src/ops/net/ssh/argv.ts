import type { Forward, Gateway } from '../plan.ts';

/** Seconds between keepalives and how many may stay unanswered: a silent far side is noticed within 20 s. */
const KEEPALIVE_SECONDS = 5;
const KEEPALIVE_MISSES = 3;
const CONNECT_SECONDS = 10;

/**
 * Options that hotpass always sets, first on the command line: ssh keeps the first value that it meets, so nothing in
 * ssh_config can change them (ssh_config(5)). Each guards the supervisor's hold on the one ssh it started: no shared
 * master that outlives it, no fork into the background, nothing run on either side, no tunnel that is half there.
 */
const OWN_OPTIONS = [
  'ControlPath=none',
  'ControlMaster=no',
  'ForkAfterAuthentication=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'PermitLocalCommand=no',
  'ClearAllForwardings=no',
  'ExitOnForwardFailure=yes',
  'StreamLocalBindUnlink=yes',
  'SessionType=none',
  `ServerAliveInterval=${KEEPALIVE_SECONDS}`,
  `ServerAliveCountMax=${KEEPALIVE_MISSES}`,
  `ConnectTimeout=${CONNECT_SECONDS}`,
  'ConnectionAttempts=1',
  'BatchMode=yes',
] as const;

/** Names, in lower case, that `--ssh-option` may not set. */
export const RESERVED_OPTIONS: ReadonlySet<string> = new Set([
  ...OWN_OPTIONS.map((option) => option.replace(/=.*/, '').toLowerCase()),
  'controlpersist',
  'localforward',
  'remoteforward',
  'dynamicforward',
  'stdinnull',
  'tunnel',
]);

/** Builds the argument list of the ssh that a session owns; each forward listens on `socket(forward)`. */
export function sshArgv(
  gateway: Gateway,
  forwards: readonly Forward[],
  socket: (forward: Forward) => string,
): [string, ...string[]] {
  return [
    'ssh',
    '-N',
    '-T',
    ...OWN_OPTIONS.flatMap((option) => ['-o', option]),
    ...gatewayArgs(gateway),
    ...forwards.flatMap((forward) => ['-L', `${socket(forward)}:${bracketed(forward.host)}:${forward.port}`]),
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
  return ['ssh', '-G', ...gatewayArgs(gateway), ...destination(gateway)];
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
