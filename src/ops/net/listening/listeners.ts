import type { System } from '../../../system.ts';
import type { Breaks } from '../breaks.ts';
import type { Handles } from '../handles.ts';
import type { TunnelPlan } from '../plan.ts';
import type { OpenTransport } from '../transport.ts';
import type { Gate } from './gate.ts';
import { type ForwardListener, openListener } from './listener.ts';

/** The local ends of all forwards of a session. */
export interface Listeners {
  /** Those that are open, in the order of the plan. */
  readonly all: readonly ForwardListener[];
  /** Opens each, until the session is over. Throws as `openListener`, with some of them open. */
  open(): Promise<void>;
  /** Connections that are joined to the far side, those of some forwards (by name) or all. */
  countActive(forwards?: ReadonlySet<string>): number;
  forgetLeft(): Promise<void>;
  loseWay(way: OpenTransport): void;
  stopListening(): Promise<void>;
  cutClients(): void;
}

interface CreateListeners {
  readonly plan: TunnelPlan;
  readonly gate: Gate;
  readonly handles: Handles;
  readonly breaks: Breaks;
  readonly log: (text: string) => void;
  readonly over: AbortSignal;
  /** A client came or went. */
  readonly onTraffic: () => void;
}

/** Makes the listeners of a session; none is open yet. What becomes of clients is told to the breaks and the log. */
export function createListeners(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  create: CreateListeners,
): Listeners {
  const { plan, gate, handles, breaks, log, over } = create;
  const all: ForwardListener[] = [];
  return {
    all,
    async open() {
      for (const forward of plan.forwards) {
        if (over.aborted) break;
        const listener = await openListener(sys, {
          forward,
          bind: plan.bind,
          gate,
          handles,
          holdMs: plan.holdMs,
          onTraffic(refusal) {
            if (refusal !== undefined) log(`${forward.name}: client refused: ${refusal}`);
            create.onTraffic();
          },
          onHeld: (served) => (served ? breaks.keep(1) : breaks.refuse()),
          onCut: () => breaks.cut(1),
        });
        all.push(listener);
      }
    },
    countActive: (forwards) =>
      all.reduce((sum, { forward, traffic }) => {
        const isMeant = forwards === undefined || forwards.has(forward.name);
        return isMeant ? sum + traffic().active : sum;
      }, 0),
    async forgetLeft() {
      await Promise.all(all.map((listener) => listener.forgetLeft()));
    },
    loseWay(way) {
      for (const listener of all) breaks.cut(listener.loseWay(way));
    },
    async stopListening() {
      await Promise.all(all.map((listener) => listener.stopListening()));
    },
    cutClients() {
      for (const listener of all) listener.cutClients();
    },
  };
}
