import { describe, expect, it } from 'vitest';
import {
  LIFECYCLE_EVENTS,
  type LifecycleEvent,
  type LiveState,
  nextStep,
  retryPauseMs,
  SESSION_STATES,
} from '../../../src/ops/net/lifecycle.ts';

/** Every pair there is: `next state: effects`; `-` where the event means nothing. */
const expected: Readonly<Record<LiveState, Readonly<Record<LifecycleEvent, string>>>> = {
  starting: {
    'transport-up': 'starting: release probe',
    'transport-lost': 'failed: tear-down',
    'login-needed': 'failed: tear-down',
    interrupted: 'starting: sift',
    'interrupted-by-login': 'failed: tear-down',
    'time-passed': '-',
    'services-ok': 'ready:',
    'services-failed': 'degraded:',
    'give-up': 'failed: tear-down',
    stop: 'stopped: tear-down',
  },
  ready: {
    'transport-up': '-',
    'transport-lost': 'reconnecting: hold retry',
    'login-needed': 'needs-login: hold retry',
    interrupted: 'reconnecting: sift',
    'interrupted-by-login': 'needs-login: sift',
    'time-passed': 'reconnecting: hold verify',
    'services-ok': 'ready:',
    'services-failed': 'degraded:',
    'give-up': 'failed: tear-down',
    stop: 'stopped: tear-down',
  },
  degraded: {
    'transport-up': '-',
    'transport-lost': 'reconnecting: hold retry',
    'login-needed': 'needs-login: hold retry',
    interrupted: 'reconnecting: sift',
    'interrupted-by-login': 'needs-login: sift',
    'time-passed': 'reconnecting: hold verify',
    'services-ok': 'ready:',
    'services-failed': 'degraded:',
    'give-up': 'failed: tear-down',
    stop: 'stopped: tear-down',
  },
  reconnecting: {
    'transport-up': 'reconnecting: release probe',
    'transport-lost': 'reconnecting: hold retry',
    'login-needed': 'needs-login: hold retry',
    interrupted: 'reconnecting: sift',
    'interrupted-by-login': 'needs-login: sift',
    'time-passed': 'reconnecting: hold verify',
    'services-ok': 'ready:',
    'services-failed': 'degraded:',
    'give-up': 'failed: tear-down',
    stop: 'stopped: tear-down',
  },
  'needs-login': {
    'transport-up': 'reconnecting: release probe',
    'transport-lost': 'reconnecting: hold retry',
    'login-needed': 'needs-login: hold retry',
    interrupted: 'reconnecting: sift',
    'interrupted-by-login': 'needs-login: sift',
    'time-passed': 'needs-login: verify',
    'services-ok': '-',
    'services-failed': '-',
    'give-up': 'failed: tear-down',
    stop: 'stopped: tear-down',
  },
  failed: {
    'transport-up': '-',
    'transport-lost': '-',
    'login-needed': '-',
    interrupted: '-',
    'interrupted-by-login': '-',
    'time-passed': '-',
    'services-ok': '-',
    'services-failed': '-',
    'give-up': '-',
    stop: 'stopped: tear-down',
  },
  stopped: {
    'transport-up': '-',
    'transport-lost': '-',
    'login-needed': '-',
    interrupted: '-',
    'interrupted-by-login': '-',
    'time-passed': '-',
    'services-ok': '-',
    'services-failed': '-',
    'give-up': '-',
    stop: '-',
  },
};

const live = SESSION_STATES.flatMap((state) => (state === 'elsewhere' ? [] : [state]));

describe('nextStep', () => {
  it('is listed here for every state and every event', () => {
    expect(Object.keys(expected).sort()).toEqual([...live].sort());
    for (const row of Object.values(expected))
      expect(Object.keys(row).sort()).toEqual([...LIFECYCLE_EVENTS].sort());
  });

  it.each(live.flatMap((state) => LIFECYCLE_EVENTS.map((event) => [state, event] as const)))(
    'in state %s on %s',
    (state, event) => {
      const step = nextStep(state, event);
      const isNothing = step.state === state && step.effects.length === 0;
      const said = `${step.state}: ${step.effects.join(' ')}`.trimEnd();
      const wanted = expected[state][event];
      expect(wanted === '-' ? isNothing : said === wanted, `${said}, wanted ${wanted}`).toBe(true);
    },
  );

  it('never leaves the end', () => {
    for (const event of LIFECYCLE_EVENTS) expect(nextStep('stopped', event).state).toBe('stopped');
  });

  it('tears down whenever it ends, and holds clients exactly when it tries again itself', () => {
    for (const state of live)
      for (const event of LIFECYCLE_EVENTS) {
        const step = nextStep(state, event);
        if (step.state === state) continue;
        const ends = step.state === 'failed' || step.state === 'stopped';
        expect(step.effects.includes('tear-down')).toBe(ends);
        const tries = step.effects.includes('retry') || step.effects.includes('verify');
        expect(step.effects.includes('hold')).toBe(tries);
      }
  });
});

describe('retryPauseMs', () => {
  it('is none at first, then doubles from half a second to half a minute', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1_000_000].map((attempt) =>
      retryPauseMs(attempt, 0, 'broken'),
    );
    expect(pauses).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is longer after a login was refused, up to two minutes', () => {
    const pauses = [1, 2, 3, 7, 8, 9].map((attempt) => retryPauseMs(attempt, 0, 'refused'));
    expect(pauses).toEqual([0, 2_000, 4_000, 64_000, 120_000, 120_000]);
  });

  it('is short after a login has expired, up to a quarter of a minute', () => {
    const pauses = [1, 2, 3, 5, 6, 7].map((attempt) => retryPauseMs(attempt, 0, 'expired'));
    expect(pauses).toEqual([0, 1_000, 2_000, 8_000, 15_000, 15_000]);
  });

  it('is shortened by up to a third', () => {
    expect(retryPauseMs(8, 0.999_999, 'broken')).toBe(20_000);
    expect(retryPauseMs(8, 0.5, 'broken')).toBe(25_000);
  });
});
