import { createDeferred } from '../../deferred.ts';
import { HotpassError } from '../../errors.ts';
import { dialSocket } from './dial.ts';
import type { OpenTransport, Transport } from './transport.ts';

/** Makes a transport that connects from here, for what a VPN already reaches. */
export function createDirectTransport(): Transport {
  return {
    through: 'directly',
    async open() {
      const lost = createDeferred<HotpassError>();
      const open: OpenTransport = {
        dial: (forward, receive) => dialSocket({ host: forward.host, port: forward.port }, receive),
        lost: lost.promise,
        // Each stream is a connection of its own, whose end means what it says.
        isBreaking: async () => false,
        evidence: () => 'plain connections from this machine',
        async close() {
          lost.resolve(new HotpassError('interrupted', 'the session was told to end'));
        },
      };
      return open;
    },
  };
}
