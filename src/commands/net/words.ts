import type { ForwardStatus } from '../../ops/net/status.ts';
import type { Style } from '../../output.ts';
import { printable } from '../../printable.ts';

/** Picks the colour of a state word: green is only what was seen to work. */
export function stateStyle(word: string, style: Style): (text: string) => string {
  if (word === 'ready') return style.good;
  if (word === 'failed' || word === 'down' || word === 'stopped') return style.bad;
  if (word === 'open' || word === 'elsewhere') return style.dim;
  return style.busy;
}

/** Gives the local addresses that are worth a line each: ::1 goes without saying beside 127.0.0.1. */
export function shownAddresses({ local }: ForwardStatus): readonly string[] {
  const hasIpv4 = local.some((address) => address.startsWith('127.0.0.1:'));
  return local.filter((address) => !(hasIpv4 && address.startsWith('[::1]:')));
}

/** Says what the service behind a forward answered, and how fast. */
export function serviceText({ layers }: ForwardStatus): string {
  const { service } = layers;
  const speed = service.state === 'ok' && service.ms !== undefined ? `, ${Math.round(service.ms)} ms` : '';
  return printable(`${service.how}${speed}`);
}
