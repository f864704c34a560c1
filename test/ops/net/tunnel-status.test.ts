import { describe, expect, it } from 'vitest';
import { HotpassError } from '../../../src/errors.ts';
import type { ForwardListener, ForwardTraffic } from '../../../src/ops/net/listening/listener.ts';
import type { ProbedAt } from '../../../src/ops/net/probing.ts';
import { sessionWord } from '../../../src/ops/net/session-word.ts';
import { forwardStatus } from '../../../src/ops/net/tunnel-status.ts';
import { planFor } from './support.ts';

const checkedAt = '2026-01-01T12:00:00.000Z';
const traffic: ForwardTraffic = { active: 1, held: 2, total: 3, refused: 4, sentBytes: 5, receivedBytes: 6 };
const plan = planFor(4201);
const forward = { name: 'api', host: 'fd00::5', port: 443, localPort: 4201, probe: 'tcp' as const };
const listener: ForwardListener = {
  forward,
  listening: () => true,
  traffic: () => traffic,
  stopListening: () => Promise.resolve(),
  forgetLeft: () => Promise.resolve(),
  loseWay: () => 0,
  cutClients: () => 0,
};
const probed: ProbedAt = {
  outcome: 'ok',
  service: 'TCP open',
  ms: 3.0424,
  warnings: ['careful'],
  at: checkedAt,
};
const facts = {
  forward,
  bind: ['127.0.0.1', '::1'],
  listener,
  transport: 'ssh pid 7',
  lost: undefined,
  probed,
  checkedAt,
  lostAddresses: [],
};

describe('forwardStatus', () => {
  it('tells what works, layer by layer', () => {
    expect(forwardStatus(facts)).toEqual({
      name: 'api',
      local: ['127.0.0.1:4201', '[::1]:4201'],
      remote: '[fd00::5]:443',
      url: 'https://127.0.0.1:4201',
      layers: {
        port: { state: 'ok', checkedAt, how: 'listening' },
        transport: { state: 'ok', checkedAt, how: 'ssh pid 7' },
        service: { state: 'ok', checkedAt, how: 'TCP open', ms: 3 },
      },
      traffic,
      warnings: ['careful'],
    });
  });

  it.each([
    [['10.0.0.1', '127.0.0.1'], 'https://127.0.0.1:4201'],
    [['10.0.0.1', '::1'], 'https://[::1]:4201'],
    [['10.0.0.1', '10.0.0.2'], 'https://10.0.0.1:4201'],
    [['0.0.0.0'], 'https://127.0.0.1:4201'],
    [['::'], 'https://[::1]:4201'],
  ])('gives clients of this machine one url of %j', (bind, url) => {
    expect(forwardStatus({ ...facts, bind }).url).toBe(url);
  });

  it('tells which addresses nobody reaches any more', () => {
    const { layers } = forwardStatus({ ...facts, lostAddresses: ['10.0.0.1'] });
    expect(layers.port).toEqual({
      state: 'failed',
      checkedAt,
      how: 'not reached on 10.0.0.1: no address of this machine',
    });
  });

  it.each([
    ['ok', 'ok', 'TCP open'],
    ['skipped', 'skipped', 'TCP open'],
    ['failed', 'failed', 'no answer within 1.5 s'],
  ] as const)('tells a probe that is %s', (outcome, state, how) => {
    const { layers } = forwardStatus({
      ...facts,
      probed: { ...probed, outcome, reason: 'no answer within 1.5 s' },
    });
    expect(layers.service).toMatchObject({ state, how, checkedAt });
  });

  it('says nothing of a service that cannot be asked, whatever it said before', () => {
    const { layers } = forwardStatus({ ...facts, transport: undefined, lost: 'bastion went silent' });
    expect(layers.transport).toEqual({ state: 'failed', checkedAt, how: 'bastion went silent' });
    expect(layers.service).toEqual({ state: 'unknown', how: 'not asked while the tunnel is down' });
  });

  it('says what nobody has looked at yet', () => {
    const { layers, traffic: moved } = forwardStatus({
      ...facts,
      listener: undefined,
      transport: undefined,
      probed: undefined,
    });
    expect(layers.port).toMatchObject({ state: 'failed', how: 'not listening' });
    expect(layers.transport).toMatchObject({ state: 'failed', how: 'not open yet' });
    expect(moved).toBeUndefined();
    expect(forwardStatus({ ...facts, probed: undefined }).layers.service.how).toBe('not asked yet');
  });
});

describe('sessionWord', () => {
  const since = new Date(checkedAt);
  const word = {
    plan,
    state: 'ready' as const,
    since,
    reason: undefined,
    leavingSince: undefined,
    lostBind: undefined,
    retry: undefined,
    active: 0,
  };
  const reason = new HotpassError('ssh-auth-failed', 'refused', { hint: 'ssh-add KEY' });

  it('has nothing to add when the session is ready', () => {
    expect(sessionWord({ ...word, reason })).toEqual({ state: 'ready', since: checkedAt });
  });

  it('gives reason, code and next command', () => {
    expect(sessionWord({ ...word, state: 'reconnecting', reason })).toEqual({
      state: 'reconnecting',
      since: checkedAt,
      reason: 'refused',
      code: 'ssh-auth-failed',
      next: 'hotpass net logs staging',
    });
    expect(sessionWord({ ...word, state: 'needs-login', reason }).next).toBe('hotpass net up staging');
    expect(sessionWord({ ...word, state: 'degraded' }).next).toBe('hotpass net logs staging');
  });

  it('says which try comes when, and what to look at, while it tries', () => {
    const retry = { attempt: 4, inSeconds: 8 };
    const away = new HotpassError('ssh-unreachable', 'bastion has no address', { hint: 'is the VPN up?' });
    expect(sessionWord({ ...word, state: 'reconnecting', reason: away, retry })).toMatchObject({
      reason: 'bastion has no address',
      hint: 'is the VPN up?',
      retry,
      next: 'hotpass net logs staging',
    });
  });

  it('is degraded while an address is gone, and nothing worse than that', () => {
    const lostBind = { addresses: ['10.0.0.1', '10.0.0.2'], since: new Date('2026-01-01T12:00:01.000Z') };
    expect(sessionWord({ ...word, lostBind })).toEqual({
      state: 'degraded',
      since: '2026-01-01T12:00:01.000Z',
      reason: '10.0.0.1, 10.0.0.2 are no longer addresses of this machine',
      code: 'bind-lost',
      next: 'see: ip address',
    });
    expect(sessionWord({ ...word, state: 'reconnecting', reason, lostBind })).toMatchObject({
      state: 'reconnecting',
      reason: 'refused',
    });
  });

  it('says of a session that was told to end who is still there', () => {
    const leaving = { ...word, leavingSince: since };
    expect(sessionWord({ ...leaving, active: 1 })).toMatchObject({
      state: 'stopped',
      reason: 'told to end, 1 open connection may finish first',
    });
    expect(sessionWord({ ...leaving, active: 2 }).reason).toContain('2 open connections');
  });
});
