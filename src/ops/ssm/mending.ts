import type { HotpassError } from '../../errors.ts';
import { NEVER } from '../../signals.ts';
import type { System } from '../../system.ts';
import { needsPerson } from '../net/needs-person.ts';
import type { Interruption, Mending, MendingListener } from '../net/transport.ts';
import type { Pool } from './pool.ts';

/** What the channels of all forwards make of their way as a whole. */
interface SsmMending extends Mending {
  /** Something else is true of a channel than before; `how` where it goes on. */
  changed(how?: string): void;
  cut(why: HotpassError): void;
  replaced(how: string): void;
}

const TRIED_LOOK_MS = 50;

/**
 * Makes the view over the channels of each forward, by name. A forward is interrupted when not one of its channels takes
 * streams; that one of several does not is nothing that anybody has to know.
 */
export function createMending(sys: Pick<System, 'sleep'>, pools: ReadonlyMap<string, Pool>): SsmMending {
  let listener: MendingListener | undefined;
  let told: Interruption | undefined;

  const interruption = (): Interruption | undefined => {
    const troubles = [...pools].flatMap(([name, pool]) => {
      const trouble = pool.trouble();
      return trouble === undefined ? [] : [{ name, ...trouble }];
    });
    const worst = troubles.find(({ why }) => needsPerson(why)) ?? troubles[0];
    if (worst === undefined) return undefined;
    const { why, retry } = worst;
    return { why, retry, forwards: new Set(troubles.map(({ name }) => name)) };
  };

  const tell = (how = 'resumed') => {
    if (listener === undefined) return;
    const found = interruption();
    const before = told;
    told = found;
    if (found === undefined) {
      if (before !== undefined) listener.onResumed(how);
    } else if (before === undefined || !isSame(before, found)) listener.onInterrupted(found);
  };

  return {
    watch(watching) {
      listener = watching;
      tell();
    },
    interruption,
    hurry() {
      for (const pool of pools.values()) pool.hurry();
    },
    async tried() {
      // A try that was hurried is being made; when it has failed, the next one is some time off.
      do await sys.sleep(TRIED_LOOK_MS, NEVER);
      while (interruption()?.retry?.inSeconds === 0);
    },
    async wake() {
      await Promise.all([...pools.values()].map((pool) => pool.wake()));
    },
    async renew({ name }) {
      await pools.get(name)?.renew();
    },
    changed: tell,
    cut: (why) => listener?.onCut(why),
    replaced: (how) => listener?.onReplaced(how),
  };
}

function isSame(one: Interruption, other: Interruption): boolean {
  return (
    one.why.message === other.why.message &&
    one.why.code === other.why.code &&
    one.forwards.size === other.forwards.size &&
    [...one.forwards].every((name) => other.forwards.has(name))
  );
}
