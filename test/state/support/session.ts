import type { Session } from '../../../src/state/net.ts';
import type { PortLease } from '../../../src/state/ports.ts';

/** A session's record with fixed values. */
export function session(over: Partial<Session> = {}): Session {
  return {
    id: '0123456789abcdef',
    label: 'staging',
    target: 'staging',
    via: 'ssh-bastion',
    createdAt: '2026-11-21T09:04:12.000Z',
    owner: {
      host: 'laptop/0011223344556677',
      boot: '90aeb8a2-acc2-48ee-8e1d-6fcbb9195b13',
      namespace: 'pid:[4026531836]',
      pid: 4711,
      started: '105586',
    },
    nonce: '00112233445566778899aabbccddeeff',
    socket: '/run/user/1000/hotpass/0123456789abcdef.sock',
    log: 'logs/staging.log',
    foreground: false,
    gateway: {
      host: 'bastion.staging.internal',
      user: 'ec2-user',
      port: 22,
      identity: '/home/ann/.ssh/staging',
      jump: ['ann@gate.example:2222'],
      configFile: '/home/ann/.ssh/staging.conf',
      options: ['Compression'],
    },
    holdMs: 30_000,
    timeoutMs: 30_000,
    forwards: [
      {
        name: 'prefect',
        bind: ['127.0.0.1', '::1'],
        localPort: 4200,
        host: 'prefect.staging.internal',
        port: 4200,
        probe: 'prefect',
        movedFrom: 4199,
      },
      {
        name: 'web',
        bind: ['127.0.0.1', '::1'],
        localPort: 8080,
        host: 'web.staging.internal',
        port: 80,
        probe: 'http',
        path: '/health',
        hasQuery: true,
      },
    ],
    ...over,
  };
}

/** A lease with fixed values. */
export function lease(over: Partial<PortLease> = {}): PortLease {
  return {
    project: '/home/ann/data/.hotpass',
    target: 'staging',
    label: 'staging',
    forward: 'prefect',
    port: 4200,
    leasedAt: '2026-11-21T09:04:12.000Z',
    ...over,
  };
}
