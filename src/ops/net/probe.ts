import type { Duplex } from 'node:stream';
import { messageOf } from '../../errors.ts';
import { printable } from '../../printable.ts';
import { followSignals } from '../../signals.ts';
import type { System } from '../../system.ts';

/** What is expected behind a forward, and so how it is asked. */
export type ProbeKind = 'prefect' | 'marquez' | 'eks' | 'http' | 'tcp' | 'none';

/** One service behind a forward. */
export interface ProbeService {
  readonly kind: ProbeKind;
  /** What to ask `http` for (default `/`), or where the API of `prefect` (`/api`) or `marquez` (`/api/v1`) begins. */
  readonly path?: string | undefined;
  /** The address that clients use: `127.0.0.1:4200`. */
  readonly local: string;
  /** What `eks` wants to see: a certificate for this host, signed by this authority (PEM). */
  readonly tls?: { readonly host: string; readonly ca: string } | undefined;
  /** How long a refusal may take to come back, in milliseconds; `tcp` waits that long. Default 300. */
  readonly settleMs?: number | undefined;
  /** Opens one byte stream to the service. The probe destroys it. */
  dial(signal: AbortSignal): Promise<Duplex>;
}

/** What a service answered. */
export interface Probed {
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /**
   * `Prefect 3.4.11`, `TLS name verified, Kubernetes 1.33`, `HTTP 200`, `TCP open`, `not probed`; what was expected, when
   * the outcome is `failed`.
   */
  readonly service: string;
  /** Milliseconds from the dial to the answer that decided. */
  readonly ms: number;
  /** Why it failed, naming the layer. */
  readonly reason?: string;
  readonly warnings: readonly string[];
}

/** How long a probe may take, and what ends it early. */
export interface ProbeLimits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** What one kind of probe finds; `ms` where the deciding answer came before the end. */
export type Finding = Omit<Probed, 'ms' | 'warnings'> & {
  readonly ms?: number;
  readonly warnings?: readonly string[];
};

/** What one kind of probe works with. `signal` is aborted by the deadline too, and ends every wait. */
export interface ProbeRun {
  readonly service: ProbeService;
  readonly signal: AbortSignal;
  /** Milliseconds since the probe began. */
  elapsed(): number;
}

const EXPECTED = {
  prefect: 'Prefect',
  marquez: 'Marquez',
  eks: 'Kubernetes',
  http: 'HTTP',
  tcp: 'TCP',
  none: 'not probed',
} as const;

/** Asks a service whether it is there and is what it should be. Never rejects, never outlives the deadline. */
export async function probeService(
  sys: Pick<System, 'monotonic'>,
  service: ProbeService,
  limits: ProbeLimits,
): Promise<Probed> {
  const startedAt = sys.monotonic();
  const elapsed = () => sys.monotonic() - startedAt;
  let isLate = false;
  const patience = followSignals(limits.signal);
  const { signal } = patience;
  const timer = setTimeout(() => {
    isLate = true;
    patience.abort();
  }, limits.deadlineMs);
  const failed = (reason: string): Finding => ({
    outcome: 'failed',
    service: EXPECTED[service.kind],
    reason,
  });
  const gaveUp = (): Finding =>
    failed(isLate ? `no answer within ${inSeconds(limits.deadlineMs)}` : 'stopped before it answered');
  try {
    const found = await ask({ service, signal, elapsed });
    // What breaks because the time is over says so itself in other words.
    const finding = signal.aborted && found.outcome === 'failed' ? gaveUp() : found;
    return { ...finding, ms: finding.ms ?? elapsed(), warnings: finding.warnings ?? [] };
  } catch (error) {
    const finding = signal.aborted ? gaveUp() : failed(printable(messageOf(error)));
    return { ...finding, ms: elapsed(), warnings: [] };
  } finally {
    clearTimeout(timer);
    patience.free();
  }
}

async function ask(run: ProbeRun): Promise<Finding> {
  switch (run.service.kind) {
    case 'prefect':
      return (await import('./probes/prefect.ts')).probePrefect(run);
    case 'marquez':
      return (await import('./probes/marquez.ts')).probeMarquez(run);
    case 'eks':
      return (await import('./probes/eks.ts')).probeEks(run);
    case 'http':
      return (await import('./probes/http.ts')).probeHttp(run);
    case 'tcp':
      return (await import('./probes/tcp.ts')).probeTcp(run);
    case 'none':
      return { outcome: 'skipped', service: EXPECTED.none, ms: 0 };
  }
}

function inSeconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}
