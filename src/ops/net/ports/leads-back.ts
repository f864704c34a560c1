import { hostname, networkInterfaces } from 'node:os';
import { isLoopback } from '../loopback.ts';
import type { TunnelPlan } from '../plan.ts';
import type { WantedForward } from './ports.ts';

/**
 * Finds the ports that a session must not listen on because its own forwards lead there: a client would be passed on
 * to the session itself, without end. Gives the forward that leads to each.
 */
export function portsLedTo(
  plan: Pick<TunnelPlan, 'via' | 'gateway' | 'bind'>,
  wanted: readonly WantedForward[],
  machine: OwnMachine = ownMachine(),
): ReadonlyMap<number, string> {
  const { via, gateway, bind } = plan;
  const startsHere = via === 'direct' || (gateway !== undefined && isLoopback(literal(gateway.host)));
  if (!startsHere) return new Map();
  const held = bind.flatMap((address) => addressesOf(address, machine));
  return new Map(
    wanted
      .filter(({ host }) => addressesOf(host, machine).some((address) => covers(held, address, machine)))
      .map(({ name, port }) => [port, name]),
  );
}

/** What a machine is called by itself. */
export interface OwnMachine {
  readonly name: string;
  readonly addresses: readonly string[];
}

function ownMachine(): OwnMachine {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return { name: hostname(), addresses: interfaces.map(({ address }) => address) };
}

function covers(held: readonly string[], address: string, machine: OwnMachine): boolean {
  const everything = address.includes(':') ? '::' : '0.0.0.0';
  const isOwn = isLoopback(address) || machine.addresses.includes(address);
  return held.includes(address) || (held.includes(everything) && isOwn) || address === everything;
}

function addressesOf(host: string, machine: OwnMachine): readonly string[] {
  const name = host.toLowerCase();
  if (isLoopback(name) && !/^[\d:[]/.test(name)) return ['127.0.0.1', '::1'];
  if (name === machine.name.toLowerCase()) return ['127.0.0.1', '127.0.1.1', ...machine.addresses];
  return [literal(host)];
}

/** Writes an address the one usual way: `127.1` and `::ffff:127.0.0.1` are 127.0.0.1 too. */
function literal(host: string): string {
  const url = `http://${host.includes(':') ? `[${host}]` : host}`;
  if (!URL.canParse(url)) return host;
  const written = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(written) ?? [];
  if (high === undefined || low === undefined) return written;
  const bytes = [high, low].flatMap((word) => [
    Number.parseInt(word, 16) >> 8,
    Number.parseInt(word, 16) & 255,
  ]);
  return bytes.join('.');
}
