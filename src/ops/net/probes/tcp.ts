import type { Duplex } from 'node:stream';
import type { Finding, ProbeRun } from '../probe.ts';
import { describeBreak, openStream } from './open-stream.ts';

/** ssh takes a connection before it knows whether the far end will; a refusal comes back within a round trip or two. */
const SETTLED_MS = 300;

const CLOSED = 'closed at once (nothing listens behind the tunnel, or it does not want us)';

/** Opens a connection and looks whether it lasts: for services whose language is not ours. */
export async function probeTcp(run: ProbeRun): Promise<Finding> {
  const failed = (reason: string): Finding => ({ outcome: 'failed', service: 'TCP', reason });
  let stream: Duplex;
  try {
    stream = await openStream(run);
  } catch (error) {
    return failed(describeBreak(error, CLOSED));
  }
  const ms = run.elapsed();
  const lasts = await staysOpen(stream, run.service.settleMs ?? SETTLED_MS);
  stream.destroy();
  return lasts ? { outcome: 'ok', service: 'TCP open', ms } : failed(CLOSED);
}

function staysOpen(stream: Duplex, settleMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(true), settleMs);
    const end = (lasts: boolean) => {
      clearTimeout(timer);
      resolve(lasts);
    };
    if (stream.destroyed) return end(false);
    stream.once('data', () => end(true));
    stream.once('end', () => end(false));
    stream.once('close', () => end(false));
  });
}
