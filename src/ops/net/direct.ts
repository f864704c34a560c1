import { connect } from 'node:net';
import { HotpassError } from '../../errors.ts';
import type { OpenTransport, Transport } from './transport.ts';

/** Makes a transport that connects from here, for what a VPN already reaches. */
export function createDirectTransport(): Transport {
  return {
    through: 'directly',
    async open() {
      let end: (reason: HotpassError) => void = () => {};
      const lost = new Promise<HotpassError>((resolve) => {
        end = resolve;
      });
      const open: OpenTransport = {
        dial: (forward) => connect({ host: forward.host, port: forward.port, allowHalfOpen: true, noDelay: true }),
        lost,
        evidence: () => 'plain connections from this machine',
        async close() {
          end(new HotpassError('interrupted', 'the session was told to end'));
        },
      };
      return open;
    },
  };
}
