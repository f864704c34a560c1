import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HotpassError, messageOf } from '../../../errors.ts';

/** Longest answer of a proxy that is read, and how long it may take. */
const ANSWER_LIMIT_BYTES = 16_384;
const ANSWER_MS = 10_000;

/** Gives a connection to `host:port` through a proxy (RFC 9110, 9.3.6). Rejects with `aws-unreachable`. */
export function askProxy(proxy: URL, authority: string): Promise<Socket> {
  const isTls = proxy.protocol === 'https:';
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const port = Number(proxy.port || (isTls ? 443 : 80));
  const socket = isTls ? connectTls({ host, port, servername: host }) : connect(port, host);
  return new Promise((resolve, reject) => {
    let answer = '';
    const fail = (why: string) => {
      socket.destroy();
      reject(
        new HotpassError('aws-unreachable', `the proxy ${proxy.host} ${why}`, {
          hint: 'is HTTPS_PROXY right? Hosts that need none stand in NO_PROXY',
        }),
      );
    };
    const onError = (error: Error) => fail(`cannot be used: ${messageOf(error)}`);
    const onEnd = () => fail('closed the connection');
    const onData = (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (answer.length > ANSWER_LIMIT_BYTES) return fail('says more than an answer');
      if (!answer.includes('\r\n\r\n')) return;
      const [, status = 'nothing that is HTTP'] = /^HTTP\/1\.\d (\d{3})/.exec(answer) ?? [];
      if (!status.startsWith('2')) return fail(`answers ${status}`);
      socket.pause();
      socket.setTimeout(0);
      socket.off('data', onData).off('error', onError).off('end', onEnd);
      resolve(socket);
    };
    socket.on('data', onData).on('error', onError).on('end', onEnd);
    socket.setTimeout(ANSWER_MS, () => fail('does not answer'));
    socket.once(isTls ? 'secureConnect' : 'connect', () =>
      socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials(proxy)}\r\n`),
    );
  });
}

function credentials({ username, password }: URL): string {
  if (username === '') return '';
  const pair = Buffer.from(`${decode(username)}:${decode(password)}`, 'latin1');
  return `Proxy-Authorization: Basic ${pair.toString('base64')}\r\n`;
}

/** Gives the bytes of a part of a URL, each as a character; unlike decodeURIComponent it takes "100%sure", as curl does. */
function decode(part: string): string {
  return part.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
