/** When the agent sends a keepalive, and looks whether its client is there. Defaults: 10 s and 30 s. */
export interface KeepaliveTimes {
  readonly everyMs: number;
  readonly patienceMs: number;
}

export const KEEPALIVE: KeepaliveTimes = { everyMs: 10_000, patienceMs: 30_000 };

/** The keepalive of smux, which the agent has for old clients only. */
export interface Keepalive {
  /** Something came. */
  heard(): void;
  stop(): void;
}

/** Starts a keepalive; `dead` is told when nothing came between two looks (xtaci/smux session.go). */
export function startKeepalive(times: KeepaliveTimes, ping: () => void, dead: () => void): Keepalive {
  let hasHeard = false;
  const pings = setInterval(ping, times.everyMs);
  const looks = setInterval(() => {
    if (!hasHeard) dead();
    hasHeard = false;
  }, times.patienceMs);
  return {
    heard() {
      hasHeard = true;
    },
    stop() {
      clearInterval(pings);
      clearInterval(looks);
    },
  };
}
