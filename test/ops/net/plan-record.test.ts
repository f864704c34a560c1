import { expect, it } from 'vitest';
import type { TunnelPlan } from '../../../src/ops/net/plan.ts';
import { recordPlan } from '../../../src/ops/net/plan-record.ts';

const plan: TunnelPlan = {
  label: 'staging',
  target: 'staging',
  via: 'ssh-bastion',
  gateway: {
    host: 'bastion',
    identity: '/home/ann/key',
    jump: ['gate'],
    options: ['SetEnv=TOKEN=hunter2', 'Compression=yes'],
    configFile: '/home/ann/conf',
  },
  bind: ['127.0.0.1'],
  forwards: [
    {
      name: 'web',
      host: 'web',
      port: 80,
      localPort: 8080,
      movedFrom: 80,
      probe: 'http',
      path: '/health?token=hunter2?3',
    },
  ],
  holdMs: 1000,
  timeoutMs: 2000,
};

it('records that a session was confirmed', () => {
  expect(recordPlan({ ...plan, confirmed: true })).toMatchObject({ confirmed: true });
});

it('records all that it takes to open a plan again, and nothing that may be a secret', () => {
  const record = recordPlan(plan);
  expect(JSON.stringify(record)).not.toContain('hunter2');
  expect(record).toEqual({
    label: 'staging',
    target: 'staging',
    via: 'ssh-bastion',
    gateway: {
      host: 'bastion',
      identity: '/home/ann/key',
      jump: ['gate'],
      configFile: '/home/ann/conf',
      options: ['SetEnv', 'Compression'],
    },
    holdMs: 1000,
    timeoutMs: 2000,
    forwards: [
      {
        name: 'web',
        bind: ['127.0.0.1'],
        localPort: 8080,
        host: 'web',
        port: 80,
        probe: 'http',
        movedFrom: 80,
        path: '/health',
        hasQuery: true,
      },
    ],
  });
});
