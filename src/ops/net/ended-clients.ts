import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NEVER } from '../../signals.ts';
import type { System } from '../../system.ts';
import { findLeft } from './left-clients.ts';

/** How long until the first look at who has left, and between two looks when nobody ends any more. */
const [FIRST_LOOK_MS, LONGEST_LOOK_MS] = [250, 4_000];

/** The clients that have said all they have to say, and whose far end cannot be told so. */
interface EndedClients {
  /** Looks after a client from the moment it ends. */
  watch(client: Socket, far: Duplex): void;
}

/**
 * Makes an empty set of ended clients. Nobody can tell one that waits for its answer from one that has closed its
 * connection altogether, but the kernel: of those that have left, the far end is closed once it has all they sent.
 * Without this a service would keep the connection of each client that just goes.
 */
export function createEndedClients(sys: Pick<System, 'sleep'>): EndedClients {
  const ended = new Map<Socket, Duplex>();
  let isLooking = false;
  let pauseMs = FIRST_LOOK_MS;
  const look = async () => {
    isLooking = true;
    while (ended.size > 0) {
      await sys.sleep(pauseMs, NEVER);
      pauseMs = Math.min(2 * pauseMs, LONGEST_LOOK_MS);
      for (const client of await findLeft(ended.keys())) {
        const far = ended.get(client);
        if (far?.writableFinished === true) far.destroy();
      }
    }
    isLooking = false;
  };
  const add = (client: Socket, far: Duplex) => {
    if (far.destroyed) return;
    pauseMs = FIRST_LOOK_MS;
    ended.set(client, far);
    far.once('close', () => ended.delete(client));
    if (!isLooking) void look();
  };
  return {
    watch(client, far) {
      // A socket passes the end of its client on.
      if (!(far instanceof Socket)) client.once('end', () => add(client, far));
    },
  };
}
