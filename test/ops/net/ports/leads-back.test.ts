import { expect, it } from 'vitest';
import type { TunnelPlan } from '../../../../src/ops/net/plan.ts';
import { portsLedTo } from '../../../../src/ops/net/ports/leads-back.ts';

const machine = { name: 'desk', addresses: ['127.0.0.1', '::1', '10.0.0.5', 'fd00::5'] };
const loopback = ['127.0.0.1', '::1'];

const ledTo = (host: string, bind: readonly string[] = loopback, plan: Partial<TunnelPlan> = {}) => [
  ...portsLedTo({ via: 'direct', bind, ...plan }, [{ name: 'x', host, port: 4200, probe: 'tcp' }], machine),
];

it.each([
  ['127.0.0.1', loopback],
  ['127.1', loopback],
  ['2130706433', loopback],
  ['::1', loopback],
  ['0:0:0:0:0:0:0:1', loopback],
  ['::ffff:127.0.0.1', loopback],
  ['0.0.0.0', loopback],
  ['::', loopback],
  ['localhost', loopback],
  ['LocalHost.', loopback],
  ['prefect.localhost', loopback],
  ['desk', loopback],
  ['127.0.0.9', ['0.0.0.0']],
  ['10.0.0.5', ['0.0.0.0']],
  ['10.0.0.5', ['10.0.0.5']],
  ['fd00::5', ['::']],
  ['127.0.0.1', ['localhost']],
])('%s leads back to who listens on %j', (host, bind) => {
  expect(ledTo(host, bind)).toEqual([[4200, 'x']]);
});

it.each([
  ['prefect.staging.internal', loopback],
  ['10.0.0.7', ['0.0.0.0']],
  ['10.0.0.5', loopback],
  ['127.0.0.2', loopback],
  ['fd00::5', ['0.0.0.0']],
  ['127.0.0.1', ['10.0.0.5']],
])('%s does not lead back to who listens on %j', (host, bind) => {
  expect(ledTo(host, bind)).toEqual([]);
});

it('leads back through a bastion only when the bastion is this machine', () => {
  const gateway = (host: string) => ({
    via: 'ssh-bastion' as const,
    gateway: { host, jump: [], options: [] },
  });
  expect(ledTo('localhost', loopback, gateway('localhost'))).toEqual([[4200, 'x']]);
  expect(ledTo('localhost', loopback, gateway('bastion.internal'))).toEqual([]);
});

it('knows the machine that it runs on', () => {
  const wanted = [{ name: 'x', host: '127.0.0.1', port: 4200, probe: 'tcp' as const }];
  expect([...portsLedTo({ via: 'direct', bind: ['127.0.0.1'] }, wanted)]).toEqual([[4200, 'x']]);
});
