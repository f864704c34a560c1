import { createServer } from 'node:net';
import { isErrno } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { isLoopback } from '../loopback.ts';

/** Addresses that a session listens on and that this machine has no more: nobody reaches a listener there. */
export interface LostBind {
  readonly addresses: readonly string[];
  /** When it was seen first. */
  readonly since: Date;
}

/** Looks after the addresses that a session listens on. */
export interface BindWatch {
  /** Looks now; undefined when every address is there. */
  look(): Promise<LostBind | undefined>;
}

/** Makes the watch. Loopback does not go away, and is not looked at. */
export function createBindWatch(sys: Pick<System, 'now'>, bind: readonly string[]): BindWatch {
  const watched = bind.filter((address) => !isLoopback(address));
  let since: Date | undefined;
  return {
    async look() {
      const missing = await Promise.all(watched.map(isMissing));
      const addresses = watched.filter((_, index) => missing[index]);
      since = addresses.length === 0 ? undefined : (since ?? sys.now());
      return since === undefined ? undefined : { addresses, since };
    },
  };
}

/** Asks the kernel, by a port of its own choice: a bridge without containers is no longer listed and still there. */
function isMissing(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Out of ports or handles says nothing about the address.
    server.once('error', (error) => resolve(isErrno(error, 'EADDRNOTAVAIL')));
    server.listen({ host: address, port: 0, ipv6Only: true }, () => server.close(() => resolve(false)));
  });
}
