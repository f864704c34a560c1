import type { SsmApi } from '../../aws.ts';
import type { InstanceWish } from '../net/plan.ts';
import type { FoundInstance } from './find-instance.ts';

/** Finds the instance that a session goes to: its id. */
export type Locate = (signal: AbortSignal) => Promise<string>;

interface CreateLocate {
  readonly wish: InstanceWish;
  readonly api: SsmApi;
  readonly findInstance: (api: SsmApi, wish: InstanceWish, signal: AbortSignal) => Promise<FoundInstance>;
  /** Told what was found. */
  readonly onFound: (instance: FoundInstance) => void;
}

/**
 * Makes the search for an instance. One that was named by id is used as it is: starting a session tells better than a
 * look at the inventory whether it is there, and needs fewer permissions. One that was found by name or tag is looked for
 * again at each call, for a bastion may be replaced; calls at the same time share one look.
 */
export function createLocate({ wish, api, findInstance, onFound }: CreateLocate): Locate {
  let looking: Promise<string> | undefined;
  const look = async (signal: AbortSignal) => {
    const instance = await findInstance(api, wish, signal);
    onFound(instance);
    return instance.id;
  };
  let isKnown = false;
  return async (signal) => {
    if ('id' in wish) {
      if (!isKnown) {
        isKnown = true;
        // For its name in status alone.
        void look(signal).catch(() => {});
      }
      return wish.id;
    }
    looking ??= look(signal).finally(() => {
      looking = undefined;
    });
    return looking;
  };
}
