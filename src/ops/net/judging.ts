import type { System } from '../../system.ts';
import type { Gate } from './listening/gate.ts';
import type { TunnelPlan } from './plan.ts';
import { createProbing, type Probing } from './probing.ts';
import { createRenewals } from './renewals.ts';
import type { Way } from './way.ts';

/** The services behind a tunnel, asked and judged. */
export interface Judging extends Pick<Probing, 'latest' | 'isDue'> {
  /** Asks all; resolves when `onVerdict` was told, or there is nothing to tell. */
  judge(): Promise<void>;
}

export interface CreateJudging {
  readonly plan: TunnelPlan;
  readonly way: Pick<Way, 'current' | 'openedInMs'>;
  readonly gate: Pick<Gate, 'current' | 'epoch'>;
  readonly log: (text: string) => void;
  readonly over: AbortSignal;
  /** Tells whether the session was not up before: services get more time then, and no new way. */
  readonly isStarting: () => boolean;
  /** Told what failed, in words; nothing when all is well. */
  readonly onVerdict: (failures: readonly string[]) => void;
}

/** A look is answered within 2 s: a way that takes longer to wake is judged by the next one. */
const WAKE_MS = 1_000;

/** Makes the judging of one session's services over whatever way is open. */
export function createJudging(
  sys: Pick<System, 'now' | 'monotonic' | 'sleep'>,
  create: CreateJudging,
): Judging {
  const { plan, way, gate, over } = create;
  const renewals = createRenewals(sys, create.log);
  const { current, openedInMs } = way;
  const probing = createProbing(sys, plan, { current, epoch: gate.epoch, openedInMs }, over);

  const isAwake = async (): Promise<boolean> => {
    const { mending } = current() ?? {};
    if (mending === undefined) return true;
    const patience = new AbortController();
    const woken = mending.wake().then(() => true);
    const awake = await Promise.race([woken, sys.sleep(WAKE_MS, patience.signal).then(() => false)]);
    patience.abort();
    return awake;
  };

  const judge = async (): Promise<void> => {
    if (gate.current() === undefined || !(await isAwake()) || gate.current() === undefined) return;
    const asked = gate.epoch();
    const wasStarting = create.isStarting();
    const failures = await probing.ask(wasStarting ? 'patient' : 'quick');
    // A verdict about a way that is gone, or was interrupted, says nothing about what follows.
    if (asked !== gate.epoch() || over.aborted) return;
    create.onVerdict(failures);
    if (wasStarting) return;
    const failed = plan.forwards.filter(({ name }) => probing.latest(name)?.outcome === 'failed');
    void renewals.judge(current(), failed).then((isRenewed) => {
      if (isRenewed) void judge();
    });
  };

  return { judge, latest: probing.latest, isDue: probing.isDue };
}
