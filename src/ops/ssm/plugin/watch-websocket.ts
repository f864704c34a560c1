import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { PLUGIN } from './check-plugin.ts';
import { lookAtWebsocket } from './websocket-look.ts';

/** A plugin that listens. */
export interface WatchedPlugin {
  readonly pid: number;
  /** The port that it listens on, and that of our relay: what leads there is no way to the service. */
  readonly ports: readonly number[];
  /** Tells whether it has lost its socket: `asking` us for a token, or `answered`. */
  phase(): 'well' | 'asking' | 'answered';
  feel(withinMs: number): Promise<boolean>;
}

export interface WebsocketEvents {
  /** It has a new socket, and hears its agent by it. */
  onBack(): void;
  /** It will not come back by itself. */
  onLost(why: HotpassError): void;
}

const LOOK_MS = 500;
/** Longer than the plugin waits between two tries; after some it gives up, and does not say so. */
const GONE_MS = 8_000;
const FEEL_MS = 3_000;

/**
 * Watches a plugin's socket until it is lost or the signal is aborted. Where the system does not show it (not Linux), a
 * plugin that was given a token is taken to have used it, and asked.
 */
export async function watchWebsocket(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  { pid, ports, phase, feel }: WatchedPlugin,
  events: WebsocketEvents,
  signal: AbortSignal,
): Promise<void> {
  let goneAt: number | undefined;
  for (;;) {
    await sys.sleep(LOOK_MS, signal);
    const look = (await lookAtWebsocket(pid, ports)) ?? 'there';
    if (signal.aborted) return;
    if (look === 'silent') return events.onLost(lost('has a connection that nobody answers'));
    if (look === 'gone' && phase() !== 'asking') {
      goneAt ??= sys.monotonic();
      if (sys.monotonic() - goneAt > GONE_MS) return events.onLost(lost('gave up resuming its session'));
      continue;
    }
    goneAt = undefined;
    if (phase() !== 'answered') continue;
    const isBack = await feel(FEEL_MS);
    if (signal.aborted) return;
    if (!isBack) return events.onLost(lost('has a new connection and does not use it'));
    events.onBack();
  }
}

function lost(how: string): HotpassError {
  return new HotpassError('ssm-failed', `${PLUGIN} ${how}`);
}
