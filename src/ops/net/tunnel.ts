import { createDeferred } from '../../deferred.ts';
import { HotpassError } from '../../errors.ts';
import { dateOf, markMoment } from '../../moment.ts';
import { createAbort, whenAborted } from '../../signals.ts';
import type { System } from '../../system.ts';
import { type Attendance, waitWithPeople } from '../supervisor/attendance.ts';
import type { Work } from '../supervisor/work.ts';
import { createBreaks } from './breaks.ts';
import type { Handles } from './handles.ts';
import { createJudging } from './judging.ts';
import { type LifecycleEvent, type LiveState, nextStep } from './lifecycle.ts';
import { createBindWatch, type LostBind } from './listening/bind-watch.ts';
import { createDrain } from './listening/drain.ts';
import { createGate } from './listening/gate.ts';
import { createListeners } from './listening/listeners.ts';
import { isForbidden, needsPerson } from './needs-person.ts';
import { notInTime } from './not-in-time.ts';
import type { TunnelPlan } from './plan.ts';
import type { SessionStatus } from './status.ts';
import type { Transport } from './transport.ts';
import { type SessionName, tunnelStatus } from './tunnel-status.ts';
import { createWay } from './way.ts';

export interface CreateTunnel {
  readonly plan: TunnelPlan;
  readonly transport: Transport;
  /** Who may be asked; the time that they take is not the tunnel's. */
  readonly attendance: Pick<Attendance, 'takenMs'>;
  readonly name: SessionName;
  readonly log: (text: string) => void;
  /** What is wrong with the session's own things. */
  readonly warnings: () => readonly string[];
  readonly handles: Handles;
  /** Tells whether the session is there for `net exec` alone. */
  readonly isLent: () => boolean;
}

/** What stopping a tunnel did. */
export interface TunnelStopped {
  /** Connections that were still open and were cut. */
  readonly cutConnections: number;
}

/** How long a look waits for the answer of a far side that is being asked whether it is still there. */
const VERIFY_LOOK_MS = 700;

type TunnelSystem = Pick<System, 'now' | 'monotonic' | 'sleep'>;

/** Makes the work of a session's background process: listeners, transport, reconnecting and probes of one plan. */
export function createTunnel(sys: TunnelSystem, create: CreateTunnel): Work<SessionStatus, TunnelStopped> {
  const { plan, transport, log } = create;
  const gate = createGate(sys);
  const over = createAbort();
  const breaks = createBreaks(sys);
  let state: LiveState = 'starting';
  let since = markMoment(sys);
  let reason: HotpassError | undefined;
  let verifying: Promise<void> | undefined;
  let whatPassed = '';
  let stopping: Promise<TunnelStopped> | undefined;
  const settled = createDeferred<void>();
  const ended = createDeferred<HotpassError | undefined>();

  const dispatch = (event: LifecycleEvent) => {
    const step = nextStep(state, event);
    if (step.state !== state) {
      if (step.state === 'ready') reason = undefined;
      log(`${state} -> ${step.state}${reason === undefined ? '' : `: ${reason.message}  [${reason.code}]`}`);
      state = step.state;
      since = markMoment(sys);
    }
    for (const effect of step.effects) act[effect]();
    if (state !== 'starting') settled.resolve();
    if (state === 'failed') ended.resolve(reason);
  };

  const letThrough = () => {
    const open = way.current();
    if (open !== undefined) gate.open(open, open.mending?.interruption()?.forwards);
  };

  const act = {
    hold: () => gate.shut(),
    release: () => letThrough(),
    sift: () => letThrough(),
    probe: () => void judging.judge(),
    retry: () => void way.retry(),
    verify: () => {
      verifying = way.verify(whatPassed).finally(() => {
        verifying = undefined;
      });
    },
    'tear-down': () => void tearDown(),
  };

  const way = createWay(sys, {
    transport,
    breaks,
    log,
    over: over.signal,
    onOpen: () => dispatch('transport-up'),
    onFailed(why) {
      reason = why;
      dispatch(needsPerson(why) ? 'login-needed' : 'transport-lost');
    },
    onLost(lost, why) {
      listeners.loseWay(lost);
      reason = why;
      dispatch('transport-lost');
    },
    onInterrupted({ why }) {
      reason = why;
      // What the far side will not do is an answer while starting, and not something to wait for.
      if (state === 'starting' && isForbidden(why)) dispatch('transport-lost');
      else dispatch(needsPerson(why) ? 'interrupted-by-login' : 'interrupted');
    },
    countActive: (forwards) => listeners.countActive(forwards),
  });

  const judging = createJudging(sys, {
    plan,
    way,
    gate,
    log,
    over: over.signal,
    isStarting: () => state === 'starting',
    onVerdict(failures) {
      if (failures.length > 0) reason = new HotpassError('service-not-answering', failures.join('; '));
      dispatch(failures.length === 0 ? 'services-ok' : 'services-failed');
    },
  });

  const listeners = createListeners(sys, {
    plan,
    gate,
    handles: create.handles,
    breaks,
    log,
    over: over.signal,
    onTraffic() {
      if (gate.current() !== undefined && state !== 'starting' && judging.isDue()) void judging.judge();
    },
  });

  const tearDown = async () => {
    over.abort();
    gate.closeForGood();
    await listeners.stopListening();
    listeners.cutClients();
    await way.close();
  };

  const binds = createBindWatch(sys, plan.bind);
  const drain = createDrain(sys, listeners.countActive, over.signal);

  const drainAndStop = async (): Promise<TunnelStopped> => {
    await listeners.stopListening();
    await drain.wait();
    const cutConnections = listeners.countActive();
    dispatch('stop');
    await tearDown();
    settled.resolve();
    ended.resolve(undefined);
    return { cutConnections };
  };

  return {
    async start() {
      try {
        await listeners.open();
        if (!over.signal.aborted) void way.open();
        const late = waitWithPeople(sys, plan.timeoutMs, create.attendance, over.signal);
        await Promise.race([settled.promise, late]);
        if (state === 'starting') {
          const missing =
            way.current() === undefined ? `${transport.through} is not open` : 'no service has answered';
          reason ??= notInTime(plan, missing);
          dispatch('give-up');
        }
        if (state === 'stopped')
          throw new HotpassError('interrupted', 'interrupted before the session was up');
        if (state === 'failed' && reason !== undefined) throw reason;
      } catch (error) {
        await tearDown();
        throw error;
      }
    },

    async attended(left, isFirst) {
      if (isFirst) way.hurry();
      // The network may be away: who attends waits for the try that gets as far as a login.
      do await Promise.race([way.tried(), whenAborted(left)]);
      while (state === 'reconnecting' && !way.isWhole() && !left.aborted);
    },

    async look(maxAgeMs) {
      if (verifying !== undefined) await Promise.race([verifying, sys.sleep(VERIFY_LOOK_MS, over.signal)]);
      const isUndecided = state === 'reconnecting' || state === 'needs-login';
      if (gate.current() !== undefined && state !== 'starting' && (isUndecided || judging.isDue(maxAgeMs)))
        await judging.judge();
      await listeners.forgetLeft();
      return snapshot(await binds.look());
    },

    timePassed(how) {
      if (way.current() !== undefined && state !== 'starting') {
        reason = new HotpassError('not-ready', `${how}; asking whether ${transport.through} is still there`);
      }
      whatPassed = how;
      dispatch('time-passed');
    },

    stop(drainMs) {
      drain.grant(drainMs);
      stopping ??= drainAndStop();
      return stopping;
    },

    ended: ended.promise,
  };

  function snapshot(lostBind: LostBind | undefined): SessionStatus {
    return tunnelStatus({
      name: create.name,
      plan,
      through: transport.through,
      state,
      since: dateOf(sys, since),
      reason,
      leavingSince: drain.askedAt(),
      active: listeners.countActive(),
      retry: way.nextTry(),
      breaks: breaks.mended(),
      warnings: create.warnings(),
      lent: create.isLent(),
      lostBind,
      listeners: listeners.all,
      // A way that is being asked whether it is still there proves nothing yet.
      evidence: (forward) => gate.current(forward.name)?.evidence(forward),
      latest: judging.latest,
      now: sys.now(),
    });
  }
}
