/** What `net status` can say of a session. */
export const SESSION_STATES = [
  'starting',
  'ready',
  'degraded',
  'reconnecting',
  'needs-login',
  'failed',
  'stopped',
  'elsewhere',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** States that a living background process can be in. */
export type LiveState = Exclude<SessionState, 'elsewhere'>;

/** What happens to a session. */
export const LIFECYCLE_EVENTS = [
  'transport-up',
  'transport-lost',
  'login-needed',
  'interrupted',
  'interrupted-by-login',
  'time-passed',
  'services-ok',
  'services-failed',
  'give-up',
  'stop',
] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

/**
 * What the session does about it: `probe` the services, `retry` the transport after the back-off, `verify` an open
 * transport or try at once to open it, `hold` or `release` clients, or `sift` those whom an interrupted transport still
 * carries, `tear-down` everything.
 */
type LifecycleEffect = 'probe' | 'retry' | 'verify' | 'hold' | 'release' | 'sift' | 'tear-down';

interface Step {
  readonly state: LiveState;
  readonly effects: readonly LifecycleEffect[];
}

type Row = { readonly [E in LifecycleEvent]?: Step };

const to = (state: LiveState, ...effects: LifecycleEffect[]): Step => ({ state, effects });
const STOP = to('stopped', 'tear-down');

const TABLE: Readonly<Record<LiveState, Row>> = {
  // While starting nothing is retried: a tunnel that cannot be opened now is an answer, not something to wait for.
  starting: {
    'transport-up': to('starting', 'release', 'probe'),
    'transport-lost': to('failed', 'tear-down'),
    'login-needed': to('failed', 'tear-down'),
    interrupted: to('starting', 'sift'),
    'interrupted-by-login': to('failed', 'tear-down'),
    'services-ok': to('ready'),
    'services-failed': to('degraded'),
    'give-up': to('failed', 'tear-down'),
    stop: STOP,
  },
  // A transport that is only interrupted mends itself and keeps its connections: nothing is cut, and nothing tried here.
  ready: {
    'transport-lost': to('reconnecting', 'hold', 'retry'),
    'login-needed': to('needs-login', 'hold', 'retry'),
    interrupted: to('reconnecting', 'sift'),
    'interrupted-by-login': to('needs-login', 'sift'),
    'time-passed': to('reconnecting', 'hold', 'verify'),
    'services-failed': to('degraded'),
    'services-ok': to('ready'),
    'give-up': to('failed', 'tear-down'),
    stop: STOP,
  },
  degraded: {
    'transport-lost': to('reconnecting', 'hold', 'retry'),
    'login-needed': to('needs-login', 'hold', 'retry'),
    interrupted: to('reconnecting', 'sift'),
    'interrupted-by-login': to('needs-login', 'sift'),
    'time-passed': to('reconnecting', 'hold', 'verify'),
    'services-ok': to('ready'),
    'services-failed': to('degraded'),
    'give-up': to('failed', 'tear-down'),
    stop: STOP,
  },
  // After a sleep nobody knows whether the way is still there: it is as good as lost until the far side has answered.
  // Clients are served from the first moment; the word stays `reconnecting` until the services were asked again.
  reconnecting: {
    'transport-up': to('reconnecting', 'release', 'probe'),
    'transport-lost': to('reconnecting', 'hold', 'retry'),
    'login-needed': to('needs-login', 'hold', 'retry'),
    interrupted: to('reconnecting', 'sift'),
    'interrupted-by-login': to('needs-login', 'sift'),
    'time-passed': to('reconnecting', 'hold', 'verify'),
    'services-ok': to('ready'),
    'services-failed': to('degraded'),
    'give-up': to('failed', 'tear-down'),
    stop: STOP,
  },
  'needs-login': {
    'transport-up': to('reconnecting', 'release', 'probe'),
    'transport-lost': to('reconnecting', 'hold', 'retry'),
    'login-needed': to('needs-login', 'hold', 'retry'),
    interrupted: to('reconnecting', 'sift'),
    'interrupted-by-login': to('needs-login', 'sift'),
    'time-passed': to('needs-login', 'verify'),
    'give-up': to('failed', 'tear-down'),
    stop: STOP,
  },
  failed: { stop: STOP },
  stopped: {},
};

/** Decides the next state and what to do. An event that means nothing in a state changes nothing. */
export function nextStep(state: LiveState, event: LifecycleEvent): Step {
  return TABLE[state][event] ?? { state, effects: [] };
}

const FIRST_RETRY_MS = 0;
/**
 * From and up to how long is waited. A server that refused a login may shut out who comes again too often (sshd's
 * PerSourcePenalties, fail2ban): there we come seldom, and at once when a person attends. A login that has expired is
 * found by a look at this machine, mostly, and mended elsewhere: whoever did that is not kept waiting.
 */
const PAUSES_MS = { broken: [500, 30_000], refused: [2_000, 120_000], expired: [1_000, 15_000] } as const;

/**
 * Gives the pause before the n-th try in a row (n from 1), in milliseconds: none, then doubling from 0.5 s to 30 s, from
 * 2 s to 2 min after a login was refused, or from 1 s to 15 s after it has expired; each shortened by up to a third so
 * that many sessions do not knock at the same moment. `random` is in [0, 1).
 */
export function retryPauseMs(attempt: number, random: number, after: keyof typeof PAUSES_MS): number {
  if (attempt <= 1) return FIRST_RETRY_MS;
  const [shortest, longest] = PAUSES_MS[after];
  const full = Math.min(longest, shortest * 2 ** Math.min(attempt - 2, 16));
  return Math.round(full * (1 - random / 3));
}
