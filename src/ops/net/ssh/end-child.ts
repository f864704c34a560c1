import type { Child, System } from '../../../system.ts';

/** How long ssh may take to end before it is killed. */
const END_MS = 2_000;

/** Ends a child and waits until it is gone: TERM, then KILL. */
export async function endChild(sys: Pick<System, 'sleep'>, child: Child): Promise<void> {
  child.kill('SIGTERM');
  // A stopped process takes SIGTERM only when it goes on.
  child.kill('SIGCONT');
  const waited = new AbortController();
  const inTime = await Promise.race([
    child.exited.then(() => true),
    sys.sleep(END_MS, waited.signal).then(() => false),
  ]);
  waited.abort();
  if (!inTime) child.kill('SIGKILL');
  await child.exited;
}
