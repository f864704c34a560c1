import type { Socket } from 'node:net';
import { findLeft } from './left-clients.ts';

/** The clients of a forward that wait for a way. */
export interface HeldClients {
  count(): number;
  add(client: Socket): void;
  remove(client: Socket): void;
  /** Lets go of those that have left; TCP alone does not tell. */
  forgetLeft(): Promise<void>;
}

/** Makes an empty set of held clients. */
export function createHeldClients(): HeldClients {
  const held = new Set<Socket>();
  let forgetting: Promise<void> | undefined;
  const forget = async () => {
    if (held.size > 0) for (const client of await findLeft(held)) client.resetAndDestroy();
  };
  return {
    count: () => held.size,
    add: (client) => void held.add(client),
    remove: (client) => void held.delete(client),
    forgetLeft() {
      // When a way opens, all who were held ask at once.
      forgetting ??= forget().finally(() => {
        forgetting = undefined;
      });
      return forgetting;
    },
  };
}
