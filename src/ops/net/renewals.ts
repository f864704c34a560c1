import { messageOf } from '../../errors.ts';
import type { System } from '../../system.ts';
import type { Forward } from './plan.ts';
import type { OpenTransport } from './transport.ts';

/** New ways for services that died behind a way that lives. */
export interface Renewals {
  /** Takes what services said last; resolves with whether any forward got a new way, so that they are to be asked again. */
  judge(way: OpenTransport | undefined, failed: readonly Forward[]): Promise<boolean>;
}

/** Each new way is a session in somebody's audit log: one at once, and then ever more seldom while nothing helps. */
const SHORTEST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 30 * 60_000;

/** Makes the memory of one session's renewals. */
export function createRenewals(sys: Pick<System, 'monotonic'>, log: (text: string) => void): Renewals {
  const tried = new Map<string, { readonly times: number; readonly at: number }>();
  const isDue = ({ name }: Forward) => {
    const last = tried.get(name);
    if (last === undefined) return true;
    return sys.monotonic() - last.at >= Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** (last.times - 1));
  };
  return {
    async judge(way, failed) {
      for (const name of tried.keys())
        if (!failed.some((forward) => forward.name === name)) tried.delete(name);
      const { mending } = way ?? {};
      if (mending === undefined) return false;
      const outcomes = await Promise.all(
        failed.filter(isDue).map(async (forward) => {
          const { name } = forward;
          tried.set(name, { times: (tried.get(name)?.times ?? 0) + 1, at: sys.monotonic() });
          log(`${name}: no answer; a new way to ${forward.host}, whose name may lead elsewhere by now`);
          try {
            await mending.renew(forward);
            return true;
          } catch (error) {
            log(`${name}: no new way: ${messageOf(error)}`);
            return false;
          }
        }),
      );
      return outcomes.includes(true);
    },
  };
}
