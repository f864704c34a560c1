import { ageOf, dateOf, type Moment, markMoment } from '../../moment.ts';
import type { System } from '../../system.ts';
import type { Forward, TunnelPlan } from './plan.ts';
import { type Probed, probeService } from './probe.ts';
import { hostPort } from './status.ts';
import type { OpenTransport } from './transport.ts';

/** Asks the services behind a tunnel, one round at a time, and remembers what they said. */
export interface Probing {
  /** Asks all services; callers that come during a round share it. Resolves with what failed, in words. */
  ask(patience: 'quick' | 'patient'): Promise<string[]>;
  latest(forward: string): ProbedAt | undefined;
  /** Tells whether the last round is older than this. */
  isDue(maxAgeMs?: number): boolean;
}

export type ProbedAt = Probed & { readonly at: string };

/** The way over which services are asked. */
interface ProbedWay {
  current(): OpenTransport | undefined;
  /** Another number when what is said over it is not what was said before: it was lost or interrupted meanwhile. */
  epoch(): number;
  openedInMs(): number;
}

/** A look is answered within this time even when a service is silent. */
const QUICK_MS = 1_500;
/** A refusal comes back no later than the login took, which is several round trips over the same way. */
const SHORTEST_SETTLE_MS = 300;
const LONGEST_SETTLE_MS = 1_200;
const PATIENT_MS = 5_000;
/** A service that has just been started may refuse once. */
const SECOND_TRY_MS = 500;
const LAST_WORDS_MS = 50;
/** While clients come and go, services are asked this often at most. */
const TRAFFIC_MS = 10_000;

/** Makes the probing of one session's forwards over whatever way is open. */
export function createProbing(
  sys: Pick<System, 'now' | 'monotonic' | 'sleep'>,
  plan: TunnelPlan,
  way: ProbedWay,
  over: AbortSignal,
): Probing {
  const latest = new Map<string, { readonly probed: Probed; readonly at: Moment }>();
  let asked: Moment | undefined;
  let round: { readonly epoch: number; readonly said: Promise<string[]> } | undefined;

  const askOne = async (forward: Forward, deadlineMs: number): Promise<Probed> => {
    const service = {
      kind: forward.probe,
      path: forward.path,
      tls: forward.cluster && { host: forward.host, ca: forward.cluster.ca },
      settleMs: Math.min(LONGEST_SETTLE_MS, Math.max(SHORTEST_SETTLE_MS, way.openedInMs())),
      local: hostPort(plan.bind[0] ?? '127.0.0.1', forward.localPort),
      dial: () => {
        const open = way.current();
        return open === undefined ? Promise.reject(new Error('the tunnel is down')) : open.dial(forward);
      },
    };
    return probeService(sys, service, { deadlineMs, signal: over });
  };

  const askAll = async (patience: 'quick' | 'patient'): Promise<string[]> => {
    const began = markMoment(sys);
    const deadlineMs = patience === 'quick' ? QUICK_MS : PATIENT_MS;
    const refusals: { readonly why: string; readonly of: string | undefined }[] = [];
    const deaf = way.current()?.onRefusal?.((why, of) => refusals.push({ why, of }));
    const refusalsOf = (name: string) =>
      new Set(refusals.flatMap(({ why, of }) => (of === undefined || of === name ? [why] : [])));
    const answers = await Promise.all(
      plan.forwards.map(async (forward) => {
        const probed = await askOne(forward, deadlineMs);
        if (probed.outcome !== 'failed' || patience === 'quick') return { forward, probed };
        await sys.sleep(SECOND_TRY_MS, over);
        return { forward, probed: await askOne(forward, deadlineMs) };
      }),
    );
    const isFailed = answers.some(({ probed }) => probed.outcome === 'failed');
    const isSilent = isFailed && refusals.length === 0;
    // The connection may be seen to end before the words that say why are read.
    if (deaf !== undefined && isSilent) await sys.sleep(LAST_WORDS_MS, over);
    deaf?.();
    // A failure is as old as the question: a service that came back while we waited is asked again soon. What held
    // until the answer is as old as that, or a probe that listens for a second would be stale when it is through.
    const at = isFailed ? began : markMoment(sys);
    const failures = answers.flatMap(({ forward, probed }) => {
      if (probed.outcome !== 'failed') {
        latest.set(forward.name, { probed, at });
        return [];
      }
      const reason = [probed.reason ?? 'no answer', ...refusalsOf(forward.name)].join('; ');
      latest.set(forward.name, { probed: { ...probed, reason }, at });
      return [`${forward.name}: ${reason}`];
    });
    asked = at;
    return failures;
  };

  return {
    async ask(patience) {
      // What is said over a way that is gone says nothing about the one that followed it.
      if (round !== undefined && round.epoch !== way.epoch()) await round.said;
      round ??= {
        epoch: way.epoch(),
        said: askAll(patience).finally(() => {
          round = undefined;
        }),
      };
      return round.said;
    },
    latest(name) {
      const said = latest.get(name);
      return said && { ...said.probed, at: dateOf(sys, said.at).toISOString() };
    },
    isDue: (maxAgeMs = TRAFFIC_MS) => asked === undefined || ageOf(sys, asked) >= maxAgeMs,
  };
}
