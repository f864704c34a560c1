import { BlockList, isIP } from 'node:net';

/** Where the agent's dials lead to. */
export type Place =
  | { readonly kind: 'at'; readonly host: string; readonly port: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly address: string };

/**
 * What the agent's DNS knows: a name, or `name:port`, and the `address` or `address:port` that it leads to. Addresses lead
 * to themselves.
 */
export type Hosts = Readonly<Record<string, string>>;

const NOT_FOR_FORWARDS = new BlockList();
NOT_FOR_FORWARDS.addSubnet('169.254.0.0', 16, 'ipv4');
NOT_FOR_FORWARDS.addSubnet('fe80::', 10, 'ipv6');
NOT_FOR_FORWARDS.addAddress('fd00:ec2::254', 'ipv6');

/** Finds where a host and port lead to. The agent does this once a session. */
export function findPlace(hosts: Hosts, host: string, port: number): Place {
  const known =
    hosts[`${host}:${port}`] ?? hosts[host] ?? (isIP(host) > 0 || host === 'localhost' ? host : '');
  if (known === '') return { kind: 'missing' };
  const [, address = known, ownPort] = /^\[?(.*?)\]?:(\d+)$/.exec(isIP(known) === 6 ? '' : known) ?? [];
  const kind = isIP(address);
  if (kind > 0 && NOT_FOR_FORWARDS.check(address, kind === 6 ? 'ipv6' : 'ipv4'))
    return { kind: 'forbidden', address };
  const dialled = address === 'localhost' ? '127.0.0.1' : address;
  return { kind: 'at', host: dialled, port: ownPort === undefined ? port : Number(ownPort) };
}
