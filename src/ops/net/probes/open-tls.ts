import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { isErrno } from '../../../errors.ts';
import { printable } from '../../../printable.ts';

/** Who must be at the other end: the host of the certificate, and the authority (PEM) that signed it. */
export interface TlsPeer {
  readonly host: string;
  readonly ca: string;
}

/** Speaks TLS over a stream and verifies who is there. Rejects with why not, in words; the stream is destroyed then. */
export function openTls(stream: Duplex, { host, ca }: TlsPeer): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: stream,
      host,
      // TLS has no server name for an address; the certificate must name it all the same.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ca,
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
    });
    const fail = (error: Error) => {
      socket.destroy();
      reject(describeTls(error, host));
    };
    socket.once('error', fail);
    // A stream that ends during the handshake may tell the socket nothing. One that the socket itself has closed, because
    // of a certificate, is closed before the socket says why.
    const onClose = () =>
      setImmediate(fail, new Error('closed during the TLS handshake (nothing listens behind the tunnel?)'));
    stream.once('close', onClose);
    socket.once('close', () => stream.destroy());
    socket.once('secureConnect', () => {
      stream.off('close', onClose);
      resolve(socket);
    });
  });
}

const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (is the clock of this machine right?)',
};
/** OpenSSL's names for a chain that does not lead to the authority. */
const UNTRUSTED =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA)$/;

function describeTls(error: Error, host: string): Error {
  const code = 'code' in error ? String(error.code) : '';
  const say = (text: string) => new Error(text, { cause: error });
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return say(`another service answers: its certificate is not for ${host}${namesIn(error)}`);
  }
  if (UNTRUSTED.test(code))
    return say("another service answers: its certificate is not of the cluster's authority");
  if (WORDS[code] !== undefined) return say(WORDS[code]);
  if (/^(ERR_SSL_|EPROTO)/.test(code)) return say('another service answers: it does not speak TLS');
  return isErrno(error, 'ECONNRESET', 'EPIPE') ? say('closed during the TLS handshake') : error;
}

/** The names that it has: another cluster's, or a proxy's. */
function namesIn(error: Error): string {
  const cert: unknown = Reflect.get(error, 'cert');
  const names = typeof cert === 'object' && cert !== null ? Reflect.get(cert, 'subjectaltname') : undefined;
  return typeof names === 'string' ? ` but for ${printable(names).slice(0, 120)}` : '';
}
