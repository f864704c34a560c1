import type { ForwardStatus, SessionStatus } from '../../../src/ops/net/status.ts';

/** A forward that works, looked at two seconds before 12:00:02. */
export function forwardStatus(over: Partial<ForwardStatus> = {}): ForwardStatus {
  const checkedAt = '2026-01-01T12:00:00.000Z';
  return {
    name: 'prefect',
    local: ['127.0.0.1:4200', '[::1]:4200'],
    remote: 'prefect.staging.internal:4200',
    url: 'http://127.0.0.1:4200',
    layers: {
      port: { state: 'ok', how: 'listening', checkedAt },
      transport: { state: 'ok', how: 'ssh pid 7, keepalive every 5 s', checkedAt },
      service: { state: 'ok', how: 'Prefect 3.4.11', checkedAt, ms: 12.4 },
    },
    traffic: { active: 0, held: 0, total: 0, refused: 0, sentBytes: 0, receivedBytes: 0 },
    warnings: [],
    ...over,
  };
}

/** A session that is ready since 09:46. */
export function sessionStatus(over: Partial<SessionStatus> = {}): SessionStatus {
  return {
    id: '0123456789abcdef',
    pid: 4711,
    project: '/home/op/data/.hotpass',
    log: '/home/op/data/.hotpass/logs/staging.log',
    label: 'staging',
    target: 'staging',
    via: 'ssh-bastion',
    state: 'ready',
    since: '2026-01-01T09:46:00.000Z',
    through: 'ssh to ec2-user@bastion',
    breaks: [],
    warnings: [],
    forwards: [forwardStatus()],
    ...over,
  };
}
