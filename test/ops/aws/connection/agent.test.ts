import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSsmApi } from '../../../../src/ops/aws/ssm-api.ts';
import { createOpenSocket } from '../../../../src/ops/ssm/channel/socket.ts';
import { type RehearsedSsm, startSsm } from '../../../../src/rehearsal/ssm/index.ts';
import { NEVER } from '../../../../src/signals.ts';
import { freePort, portOf } from '../../../support/ports.ts';
import { describeReal } from '../../../support/real.ts';

const HOST = 'ssm.eu-west-1.amazonaws.com';

describeReal('a network with a proxy', ['openssl'], () => {
  let folder: string;
  let ssm: RehearsedSsm;
  let service: Server;
  let proxy: HttpServer;
  let env: Record<string, string>;
  /** What the proxy was asked for, and by whom. */
  const asked: string[] = [];
  let refusal = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hp-proxy-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=aws -addext subjectAltName=DNS:*.eu-west-1.amazonaws.com -keyout ${key} -out ${cert}`;
    await promisify(execFile)('openssl', request.split(' '));
    ssm = await startSsm();
    service = createServer({ cert: await readFile(cert), key: await readFile(key) }, (socket) => {
      const behind = connect(ssm.port, '127.0.0.1');
      socket.on('error', () => behind.destroy());
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
    service.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    proxy = createHttpServer();
    proxy.on('connect', (request, socket) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
      socket.on('error', () => undefined);
      if (refusal !== '') return void socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
      const behind = connect(portOf(service.address()), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(behind).pipe(socket);
      });
      behind.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    env = {
      AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_REGION: 'eu-west-1',
      AWS_CA_BUNDLE: cert,
      HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy.address())}`,
      HOME: folder,
    };
  });
  beforeEach(() => {
    asked.length = 0;
    refusal = '';
  });
  afterAll(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    service?.close();
    await ssm?.close();
    await rm(folder, { recursive: true });
  });

  it('is used for calls and for the sockets of sessions, with its password', async () => {
    const withPassword = env.HTTPS_PROXY?.replace('//', '//ann:s%40cret@') ?? '';
    const api = await createSsmApi({ ...env, HTTPS_PROXY: withPassword }, {});
    expect(api.endpoint.host).toBe(HOST);
    expect(await api.findSessions(NEVER)).toEqual([]);
    // One connection serves many calls.
    expect(await api.findInstances([], NEVER)).toHaveLength(1);
    const authorization = `Basic ${Buffer.from('ann:s@cret').toString('base64')}`;
    expect(asked).toEqual([`${HOST}:443 ${authorization}`]);
    const url = new URL('wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/x?role=publish_subscribe');
    const ignore = () => undefined;
    const listener = { onOpen: ignore, onFrame: ignore, onPong: ignore, onDrain: ignore, onGone: ignore };
    const opened = await createOpenSocket(api.agent)(url, listener, NEVER).catch(
      (error: Error) => error.message,
    );
    // There is no such session over there: it is the service that says so.
    expect(opened).toMatch(/answered \d+ to the websocket/);
    expect(asked.at(-1)).toBe(`ssmmessages.eu-west-1.amazonaws.com:443 ${authorization}`);
  });

  it('takes a percent sign in a password for itself where no number follows', async () => {
    const withPassword = env.HTTPS_PROXY?.replace('//', '//ann:100%sure%40@') ?? '';
    const api = await createSsmApi({ ...env, HTTPS_PROXY: withPassword }, {});
    expect(await api.findSessions(NEVER)).toEqual([]);
    expect(asked).toEqual([`${HOST}:443 Basic ${Buffer.from('ann:100%sure@').toString('base64')}`]);
  });

  it('is told when it refuses, and when it is not there', async () => {
    refusal = '407 Proxy Authentication Required';
    const host = new URL(env.HTTPS_PROXY ?? '').host;
    const api = await createSsmApi(env, {});
    await expect(api.findSessions(NEVER)).rejects.toMatchObject({
      code: 'aws-unreachable',
      message: `the proxy ${host} answers 407`,
    });
    const gone = `127.0.0.1:${await freePort()}`;
    const nowhere = await createSsmApi({ ...env, HTTPS_PROXY: `http://ann:hidden@${gone}` }, {});
    await expect(nowhere.findSessions(NEVER)).rejects.toMatchObject({
      code: 'aws-unreachable',
      message: expect.stringMatching(new RegExp(`^the proxy ${gone} cannot be used: connect ECONNREFUSED`)),
    });
  });
});
