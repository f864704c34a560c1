import type { Duplex } from 'node:stream';
import { messageOf } from '../../errors.ts';
import type { System } from '../../system.ts';
import type { Gate } from './listening/gate.ts';
import type { Receive } from './listening/splice.ts';
import type { Forward } from './plan.ts';
import type { OpenTransport } from './transport.ts';

/** Where a client wants to go and how long it may be held. */
interface Reach {
  readonly forward: Forward;
  readonly gate: Gate;
  readonly holdMs: number;
}

/** Who wants to go there. */
interface Comer {
  readonly receive: Receive;
  /** Asked of who was held: whether it went away meanwhile. */
  readonly hasLeft: () => Promise<boolean>;
}

/** A stream to the far side, or why there is none; no refusal for who has left. */
export type Reached = { readonly wasHeld: boolean } & (
  | { readonly far: Duplex; readonly way: OpenTransport }
  | { readonly refusal: string | undefined }
);

/** How long after a broken connection the transport may take to notice that it is gone. */
const NOTICE_MS = 250;

/**
 * Gets a stream to the far side for one client, waiting for a way as long as the forward holds its clients. For one
 * that has left meanwhile nothing is opened: what it asked for must not be done behind its back.
 */
export async function reachFar(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  { forward, gate, holdMs }: Reach,
  { receive, hasLeft }: Comer,
): Promise<Reached> {
  const patientUntil = sys.monotonic() + holdMs;
  for (let wasHeld = false; ; ) {
    wasHeld ||= gate.current(forward.name) === undefined;
    // However often the way comes and goes, nobody is held for longer than once.
    const way = await gate.pass(forward.name, Math.max(0, patientUntil - sys.monotonic()));
    if (way === undefined) return { wasHeld, refusal: `no way to the far side within ${holdMs / 1000} s` };
    if (wasHeld && (await hasLeft())) return { wasHeld, refusal: undefined };
    try {
      return { wasHeld, far: await way.dial(forward, receive), way };
    } catch (error) {
      // A way that has just broken refuses before it is known to be gone: its clients wait for the next one.
      const isOpen = () => gate.current(forward.name) === way;
      const isBroken = !isOpen() || (await isGone(sys, way));
      const isLate = wasHeld && sys.monotonic() >= patientUntil;
      if (isLate || (!isBroken && isOpen())) return { wasHeld, refusal: messageOf(error) };
      if (isBroken && isOpen()) gate.shut();
    }
  }
}

async function isGone(sys: Pick<System, 'sleep'>, way: OpenTransport): Promise<boolean> {
  const patience = new AbortController();
  const gone = await Promise.race([
    way.lost.then(() => true),
    sys.sleep(NOTICE_MS, patience.signal).then(() => false),
  ]);
  patience.abort();
  return gone;
}
