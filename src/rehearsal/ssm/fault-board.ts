import type { Disturbance } from './faults.ts';
import type { Link } from './link.ts';

/** How the service treats a caller. */
export type Standing = 'good' | 'expired' | 'forbidden';

/** Faults that hold now; all of it can be changed while the service runs. */
export interface FaultBoard {
  disturbance: Disturbance;
  cutAfter: number | undefined;
  isStalled: boolean;
  isGatewayAway: boolean;
  refusesTargets: boolean;
  dialDelayMs: number;
  /** ResumeSession calls that are still to be refused. */
  resumesToRefuse: number;
  /** `error`: an internal error; `no-token`: the session is over as far as the answer tells. */
  refusal: 'error' | 'no-token';
  callsToThrottle: number;
  readonly standings: Map<string, Standing>;
}

/** Makes a board without faults. */
export function createFaultBoard(): FaultBoard {
  return {
    disturbance: {},
    cutAfter: undefined,
    isStalled: false,
    isGatewayAway: false,
    refusesTargets: false,
    dialDelayMs: 0,
    resumesToRefuse: 0,
    refusal: 'error',
    callsToThrottle: 0,
    standings: new Map(),
  };
}

/** Puts the faults that hold now on a link. */
export function applyFaults(board: FaultBoard, link: Link): void {
  link.disturb(board.disturbance);
  link.cutAfter(board.cutAfter);
  link.setStalled(board.isStalled);
}
