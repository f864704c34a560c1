import { createAbort } from '../../../signals.ts';
import type { Child, System } from '../../../system.ts';

/** How often it is looked whether ssh is stopped while nobody asks for a connection. */
const LOOK_MS = 5_000;
/** A stop that is over within this time, as when a whole machine is frozen and thawed, is none. */
const STOPPED_MS = 500;

/**
 * Ends a child that somebody has stopped: the kernel goes on taking connections for it, and nobody would ever answer
 * them. Looks now and then by itself; the function it gives looks at once, and resolves when `end` is done.
 */
export function watchStops(
  sys: Pick<System, 'sleep'>,
  child: Pick<Child, 'isStopped' | 'exited'>,
  end: () => Promise<void>,
): () => Promise<void> {
  const endIfStopped = async () => {
    if (!child.isStopped()) return;
    await sys.sleep(STOPPED_MS);
    if (child.isStopped()) await end();
  };
  const gone = createAbort();
  void child.exited.then(() => gone.abort());
  const keepLooking = async () => {
    while (!gone.signal.aborted) {
      await sys.sleep(LOOK_MS, gone.signal);
      await endIfStopped();
    }
  };
  void keepLooking();
  return endIfStopped;
}
