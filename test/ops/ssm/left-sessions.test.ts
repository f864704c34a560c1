import { describe, expect, it } from 'vitest';
import type { ActiveSession, SsmApi } from '../../../src/aws.ts';
import { HotpassError } from '../../../src/errors.ts';
import { endLeftSessions } from '../../../src/ops/ssm/left-sessions.ts';
import { isReasonOf, sessionReason } from '../../../src/ops/ssm/session-reason.ts';
import { realTime } from '../net/support.ts';
import { silentApi } from './fake-channels.ts';

const name = { label: 'staging', id: '0123456789abcdef' };
const place = { profile: 'ops', region: 'eu-west-1' };
const open: ActiveSession[] = [
  { sessionId: 's-recorded', target: 'i-0abc', reason: sessionReason(name, undefined) },
  { sessionId: 's-unrecorded', target: 'i-0abc', reason: sessionReason(name, 'a look') },
  {
    sessionId: 's-of-another',
    target: 'i-0abc',
    reason: sessionReason({ ...name, id: 'f'.repeat(16) }, 'x'),
  },
  { sessionId: 's-of-a-person', target: 'i-0abc', reason: undefined },
];

async function end(over: Partial<SsmApi>, sessionIds: readonly string[] = ['s-recorded']) {
  const terminated: string[] = [];
  const places: unknown[] = [];
  const api: SsmApi = {
    ...silentApi,
    findSessions: async () => open,
    async terminateSession(id) {
      terminated.push(id);
    },
    ...over,
  };
  const aws = {
    async ssm(asked: unknown) {
      places.push(asked);
      return api;
    },
    account: () => Promise.reject(new Error('only Systems Manager is to be asked')),
  };
  const outcome = await endLeftSessions({ sleep: realTime.sleep, aws }, { name, place, sessionIds });
  return { outcome, terminated, places };
}

describe('sessions that a dead supervisor left', () => {
  it('are ended: those on record, and those whose reason says whose they are, with the credentials on record', async () => {
    const { outcome, terminated, places } = await end({});
    expect(terminated.sort()).toEqual(['s-recorded', 's-unrecorded']);
    expect(outcome).toEqual({ ended: ['s-recorded', 's-unrecorded'], left: [], failure: undefined });
    expect(places).toEqual([place]);
  });

  it('are ended by their record where nobody may list sessions', async () => {
    const findSessions = () => Promise.reject(new HotpassError('access-denied', 'not allowed'));
    const { outcome } = await end({ findSessions });
    expect(outcome).toEqual({ ended: ['s-recorded'], left: [], failure: undefined });
  });

  it('are told as left, with the reason, where there are no credentials', async () => {
    const expired = new HotpassError('sso-expired', 'the login has expired', { hint: 'log in' });
    const refuse = () => Promise.reject(expired);
    const { outcome } = await end({ findSessions: refuse, terminateSession: refuse });
    expect(outcome).toEqual({ ended: [], left: ['s-recorded'], failure: expired });
  });

  it('do not keep one another from their end', async () => {
    const { outcome } = await end(
      {
        terminateSession: (id) =>
          id === 'a' ? Promise.reject(new HotpassError('aws-failed', 'no')) : Promise.resolve(),
      },
      ['a', 'b'],
    );
    expect(outcome).toMatchObject({ left: ['a'], failure: { code: 'aws-failed' } });
    expect(outcome.ended).toContain('b');
  });

  it('keep nobody waiting for a service that is silent', async () => {
    const began = performance.now();
    const { outcome } = await end({ terminateSession: () => new Promise(() => {}) });
    expect(outcome).toMatchObject({
      left: ['s-recorded', 's-unrecorded'],
      failure: { code: 'aws-unreachable' },
    });
    expect(performance.now() - began).toBeLessThan(5_500);
  });
});

describe('the reason of a session', () => {
  it('says whose it is and what the operator said, as far as the service takes it', () => {
    expect(sessionReason(name, undefined)).toBe('hotpass staging 0123456789abcdef');
    expect(sessionReason(name, 'a look')).toBe('hotpass staging 0123456789abcdef: a look');
    expect(sessionReason(name, 'x'.repeat(500)).length).toBe(256);
  });

  it('is known again, and no longer one is taken for it', () => {
    expect(isReasonOf(name, `${sessionReason(name, undefined)}0`)).toBe(false);
    expect(isReasonOf(name, undefined)).toBe(false);
    expect(isReasonOf(name, sessionReason(name, 'x'.repeat(500)))).toBe(true);
  });
});
