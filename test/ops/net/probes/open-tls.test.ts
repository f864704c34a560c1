import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { openTls } from '../../../../src/ops/net/probes/open-tls.ts';
import { createAuthority } from '../../../../src/rehearsal/kube/certificates.ts';

const HOST = 'abcd.gr7.eu-west-1.eks.amazonaws.com';

/** A stream that is no socket of this process, as one of an SSM session is: it is closed as soon as it is destroyed. */
async function openStream(port: number): Promise<Duplex> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const stream = new Duplex({
    read() {},
    write: (chunk, _, done) => void socket.write(chunk, done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => stream.push(chunk));
  socket.on('end', () => stream.push(null));
  socket.on('error', () => stream.destroy());
  return stream;
}

it('says of any stream what is wrong with the certificate, and not that it was closed', async () => {
  const server = createServer(createAuthority('kubernetes').issue([HOST]));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const peer = { host: HOST, ca: createAuthority('kubernetes').pem };
  await expect(openTls(await openStream(port), peer)).rejects.toThrow(
    "its certificate is not of the cluster's authority",
  );
});
