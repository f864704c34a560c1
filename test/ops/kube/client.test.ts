import { createServer as createHttp } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createKube, type KubePlace } from '../../../src/ops/kube/client.ts';
import { NEVER } from '../../../src/signals.ts';
import { makeToken, startCluster } from '../../rehearsal/kube/cluster.ts';
import { portOf } from '../../support/ports.ts';

const VERSION = { method: 'GET', path: '/version' } as const;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return portOf(server.address());
}

function client(place: KubePlace, env = {}) {
  const kube = createKube(env, place);
  onTestFinished(kube.close);
  return kube;
}

/** Where a cluster is that is reached by a forward. */
async function behindForward() {
  const kubernetes = await startCluster();
  const { endpoint, ca, port } = kubernetes;
  const place: KubePlace = { server: new URL(endpoint), ca, through: { host: '127.0.0.1', port } };
  return { kubernetes, place };
}

it('goes through a forward with the name and the authority of the cluster verified', async () => {
  const { place } = await behindForward();
  let isSecure = false;
  const onSecure = () => {
    isSecure = true;
  };
  const answer = await client(place).ask({ ...VERSION, token: makeToken(), onSecure }, NEVER);
  expect(answer).toMatchObject({ status: 200, body: { major: '1', minor: '33' } });
  expect(isSecure).toBe(true);
  const named = { ...place, server: new URL('https://other.eks.amazonaws.com') };
  await expect(client(named).ask(VERSION, NEVER)).rejects.toMatchObject({
    code: 'eks-tls-untrusted',
    message: expect.stringMatching(
      /^127\.0\.0\.1:\d+ \(the forward\) shows a certificate that is not for other\.eks/,
    ),
  });
});

/** A proxy that leads to one port, whatever it is asked for. */
async function startProxy(port: number) {
  const asked: string[] = [];
  const proxy = createHttp();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const behind = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(behind).pipe(socket);
    });
    behind.on('error', () => socket.destroy());
    socket.on('error', () => behind.destroy());
  });
  return { asked, env: { HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}` } };
}

it.each(['a forward', 'a proxy'])(
  'verifies the certificate through %s also where node is told not to',
  async (way) => {
    const { kubernetes, place } = await behindForward();
    const { env } = await startProxy(kubernetes.port);
    kubernetes.setCertificate('another-authority');
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    onTestFinished(() => {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    });
    const kube = way === 'a proxy' ? client({ ...place, through: undefined }, env) : client(place);
    const asked = kube.ask({ ...VERSION, token: makeToken() }, NEVER);
    await expect(asked).rejects.toMatchObject({ code: 'eks-tls-untrusted' });
    expect(kubernetes.calls()).toEqual([]);
  },
);

it('goes directly through the proxy of the environment, which sees no token', async () => {
  const { kubernetes, place } = await behindForward();
  const { asked, env } = await startProxy(kubernetes.port);
  const kube = client({ ...place, through: undefined }, env);
  expect(await kube.ask({ ...VERSION, token: makeToken() }, NEVER)).toMatchObject({ status: 200 });
  expect(asked).toEqual([`${place.server.hostname}:443`]);
});

it.each([
  ['does not speak TLS', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['cut the connection', undefined],
])('says that what is there %s', async (why, words) => {
  const { place } = await behindForward();
  const port = await listen(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => (words === undefined ? socket.resetAndDestroy() : socket.end(words)));
    }),
  );
  const kube = client({ ...place, through: { host: '127.0.0.1', port } });
  const error: unknown = await kube
    .ask({ ...VERSION, token: 'k8s-aws-v1.secret' }, NEVER)
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'eks-unreachable', message: `127.0.0.1:${port} (the forward) ${why}` });
  expect(JSON.stringify(error)).not.toContain('secret');
});
