import { expect, it } from 'vitest';
import { findProxy } from '../../../../src/ops/aws/connection/proxy.ts';

const PROXY = { HTTPS_PROXY: 'http://proxy.acme:3128' };

it.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['ssm.eu-west-1.amazonaws.com', PROXY, 'http://proxy.acme:3128/'],
  ['ssm.eu-west-1.amazonaws.com', { https_proxy: 'proxy.acme:3128' }, 'http://proxy.acme:3128/'],
  ['ssm.eu-west-1.amazonaws.com', { ALL_PROXY: 'https://proxy.acme' }, 'https://proxy.acme/'],
  ['ssm.eu-west-1.amazonaws.com', { ALL_PROXY: 'socks5://proxy.acme' }, undefined],
  ['ssm.eu-west-1.amazonaws.com', {}, undefined],
  ['ssm.eu-west-1.amazonaws.com', { HTTP_PROXY: 'http://proxy.acme' }, undefined],
  ['ssm.eu-west-1.amazonaws.com', { ...PROXY, NO_PROXY: 'localhost,.amazonaws.com' }, undefined],
  ['ssm.eu-west-1.amazonaws.com', { ...PROXY, no_proxy: 'AMAZONAWS.com' }, undefined],
  ['ssm.eu-west-1.amazonaws.com', { ...PROXY, NO_PROXY: '*' }, undefined],
  ['ssm.eu-west-1.amazonaws.com', { ...PROXY, NO_PROXY: 'onaws.com, acme' }, 'http://proxy.acme:3128/'],
  ['127.0.0.1', PROXY, undefined],
  ['localhost', PROXY, undefined],
])('reaches %s with %j through %s', (host, env, proxy) => {
  expect(findProxy(env, host)?.href).toBe(proxy);
});
