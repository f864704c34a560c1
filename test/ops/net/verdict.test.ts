import { describe, expect, it } from 'vitest';
import { SESSION_STATES } from '../../../src/ops/net/lifecycle.ts';
import { judgeStatus } from '../../../src/ops/net/verdict.ts';
import { sessionStatus } from './statuses.ts';

/** What each state means for who requires the service, and for who requires the transport. */
const expected = {
  ready: ['fine', 'fine'],
  degraded: ['service-not-answering', 'fine'],
  starting: ['not-ready', 'not-ready'],
  reconnecting: ['not-ready', 'not-ready'],
  'needs-login': ['not-ready', 'not-ready'],
  failed: ['not-ready', 'not-ready'],
  stopped: ['not-ready', 'not-ready'],
  elsewhere: ['not-ready', 'not-ready'],
} as const;

describe('judgeStatus', () => {
  it.each(SESSION_STATES)('in state %s', (state) => {
    const status = sessionStatus({ state });
    const judged = (['service', 'transport'] as const).map(
      (need) => judgeStatus(status, need)?.code ?? 'fine',
    );
    expect(judged).toEqual(expected[state]);
  });

  it('gives the code and reason of the session, its next command and its status', () => {
    const status = sessionStatus({
      state: 'needs-login',
      reason: 'bastion does not accept the login',
      code: 'ssh-auth-failed',
      next: 'ssh-add KEY',
    });
    expect(judgeStatus(status, 'service')).toMatchObject({
      code: 'ssh-auth-failed',
      message: 'staging is needs-login: bastion does not accept the login',
      hint: 'ssh-add KEY',
      exitCode: 1,
      state: undefined,
      details: { status },
    });
  });

  it('says of a degraded session that its tunnel stays', () => {
    expect(judgeStatus(sessionStatus({ state: 'degraded' }), 'service')).toMatchObject({
      message: 'staging is degraded: no reason is known',
      state: 'the tunnel itself works and stays up',
    });
  });

  it('says of a lost address that it is one, also to who requires the transport only', () => {
    const status = sessionStatus({ state: 'degraded', code: 'bind-lost', reason: '10.0.0.1 is gone' });
    for (const need of ['service', 'transport'] as const) {
      expect(judgeStatus(status, need)).toMatchObject({ code: 'bind-lost', exitCode: 1 });
    }
  });

  it('does not pass on a code that this version does not know', () => {
    expect(judgeStatus(sessionStatus({ state: 'failed', code: 'toString' }), 'service')?.code).toBe(
      'not-ready',
    );
  });
});
