import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSsmApi } from '../../../../src/ops/aws/ssm-api.ts';
import { createOpenSocket } from '../../../../src/ops/ssm/channel/socket.ts';
import { type RehearsedSsm, startSsm } from '../../../../src/rehearsal/ssm/index.ts';
import { NEVER } from '../../../../src/signals.ts';
import { portOf } from '../../../support/ports.ts';
import { describeReal } from '../../../support/real.ts';

describeReal('a service behind a proxy with certificates of its own', ['openssl'], () => {
  let folder: string;
  let ssm: RehearsedSsm;
  let proxy: Server;
  let env: Record<string, string>;
  let bundle: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hp-tls-'));
    bundle = join(folder, 'cert.pem');
    const key = join(folder, 'key.pem');
    const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=proxy -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${bundle}`;
    await promisify(execFile)('openssl', request.split(' '));
    ssm = await startSsm();
    const [cert, privateKey] = await Promise.all([readFile(bundle), readFile(key)]);
    proxy = createServer({ cert, key: privateKey }, (socket) => {
      const behind = connect(ssm.port, '127.0.0.1');
      socket.on('error', () => behind.destroy());
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
    proxy.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    env = {
      AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SSM: `https://127.0.0.1:${portOf(proxy.address())}`,
      HOME: folder,
    };
  });
  afterAll(async () => {
    proxy?.close();
    await ssm?.close();
    await rm(folder, { recursive: true });
  });

  it('is not believed as it is', async () => {
    const api = await createSsmApi(env, {});
    await expect(api.findSessions(NEVER)).rejects.toMatchObject({
      code: 'aws-unreachable',
      message: expect.stringMatching(/ shows a certificate that is not trusted \(\w+\)$/),
      hint: 'name the certificates of your proxy: AWS_CA_BUNDLE=FILE',
    });
    expect(api.agent).toBeUndefined();
  });

  it.each(['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'])(
    'is believed when %s says so, by calls and by sockets',
    async (name) => {
      const api = await createSsmApi({ ...env, [name]: bundle }, {});
      expect(await api.findSessions(NEVER)).toEqual([]);
      const url = new URL(`wss://${api.endpoint.host}/v1/data-channel/x?role=publish_subscribe`);
      const ignore = () => undefined;
      const listener = { onOpen: ignore, onFrame: ignore, onPong: ignore, onDrain: ignore, onGone: ignore };
      const open = (agent: typeof api.agent) =>
        createOpenSocket(agent)(url, listener, NEVER).then(
          () => 'open',
          (error: Error) => error.message,
        );
      // There is no such session over there: what counts is who says so.
      expect(await open(undefined)).toMatch(/certificate/);
      expect(await open(api.agent)).not.toMatch(/certificate/);
    },
  );

  it('says which file is not there', async () => {
    const missing = join(folder, 'missing.pem');
    await expect(createSsmApi({ ...env, AWS_CA_BUNDLE: missing }, {})).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining(missing),
    });
  });
});
