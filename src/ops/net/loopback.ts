import { networkInterfaces } from 'node:os';

/** The addresses that a session listens on unless it is told others: 127.0.0.1, and ::1 where the host has it. */
export function loopbackAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return ['127.0.0.1', ...(addresses.some(({ address }) => address === '::1') ? ['::1'] : [])];
}

/** Tells whether a host, as one types it or with the brackets of a URL, is reached from this machine only. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  return address === '::1' || /^127\./.test(address) || /^(?:.*\.)?localhost\.?$/i.test(address);
}
