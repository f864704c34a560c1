import { shellCommand } from '../../../shell-words.ts';
import type { Gateway } from '../plan.ts';

/** Names the bastion in messages: `bastion.internal`, or `10.0.0.7:2222`. */
export function bastionName({ host, port }: Gateway): string {
  if (port === undefined) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Names what lies between here and the bastion. */
export function wayName(gateway: Gateway): string {
  const { jump } = gateway;
  if (jump.length === 0) return `what leads to ${bastionName(gateway)} (ProxyJump or ProxyCommand)`;
  return jump.length === 1 ? `jump host ${jump[0]}` : `a jump host (${jump.join(', ')})`;
}

/** Names the server that a failed login was about: ssh calls the far end of another ssh or program so. */
export function serverName(text: string, gateway: Gateway): string {
  return endedOnTheWay(text) ? wayName(gateway) : bastionName(gateway);
}

/** Tells whether the way to the bastion broke before the bastion was spoken to. */
export function endedOnTheWay(text: string): boolean {
  return /UNKNOWN port 65535/.test(text);
}

/** Options that decide which server is met and where its key is looked up; a login by hand needs them too. */
const NEEDED = /^(?:UserKnownHostsFile|GlobalKnownHostsFile|HostKeyAlias|HostName|Port|User)=/i;

/** Builds the ssh command for a person who has to answer what hotpass could not. */
export function manualLogin(gateway: Gateway): string {
  const { configFile, port, identity, jump, options, user, host } = gateway;
  return shellCommand([
    'ssh',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identity === undefined ? [] : ['-i', identity]),
    ...(jump.length === 0 ? [] : ['-J', jump.join(',')]),
    ...options.filter((option) => NEEDED.test(option)).flatMap((option) => ['-o', option]),
    ...(user === undefined ? [] : ['-l', user]),
    host,
  ]);
}
