import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NEVER } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import { locateClients, type Whereabouts } from './left-clients.ts';

/** How long until the first look at who has left, and between two looks when nobody ends any more. */
const [FIRST_LOOK_MS, LONGEST_LOOK_MS] = [250, 4_000];

/** How long a client of which nothing is known may wait for the next byte of its answer. */
const PATIENCE_MS = 600_000;

/** The clients that have said all they have to say, and whose far end cannot be told so. */
interface EndedClients {
  /** Looks after a client from the moment it ends. */
  watch(client: Socket, far: Duplex): void;
}

interface Ended {
  readonly far: Duplex;
  /** How much the client had got, and since when it is no more. */
  got: number;
  since: number;
}

/**
 * Makes an empty set of ended clients. Nobody can tell one that waits for its answer from one that has closed its
 * connection altogether, but the kernel: of those that have left, the far end is closed once it has all they sent.
 * Where the kernel does not know either, it is closed when nothing has come for ten minutes. Without this a service
 * would keep the connection of each client that just goes.
 */
export function createEndedClients(sys: Pick<System, 'monotonic' | 'sleep'>): EndedClients {
  const clients = new Map<Socket, Ended>();
  let isLooking = false;
  let pauseMs = FIRST_LOOK_MS;

  const isGone = (client: Socket, ended: Ended, where: Whereabouts) => {
    if (where !== 'unknown') return where === 'left';
    if (client.bytesWritten === ended.got) return sys.monotonic() - ended.since >= PATIENCE_MS;
    ended.got = client.bytesWritten;
    ended.since = sys.monotonic();
    return false;
  };
  const look = async () => {
    isLooking = true;
    while (clients.size > 0) {
      await sys.sleep(pauseMs, NEVER);
      pauseMs = Math.min(2 * pauseMs, LONGEST_LOOK_MS);
      for (const [client, where] of await locateClients(clients.keys())) {
        const ended = clients.get(client);
        if (ended?.far.writableFinished === true && isGone(client, ended, where)) ended.far.destroy();
      }
    }
    isLooking = false;
  };
  const add = (client: Socket, far: Duplex) => {
    if (far.destroyed) return;
    pauseMs = FIRST_LOOK_MS;
    clients.set(client, { far, got: client.bytesWritten, since: sys.monotonic() });
    far.once('close', () => clients.delete(client));
    if (!isLooking) void look();
  };
  return {
    watch(client, far) {
      // A socket passes the end of its client on.
      if (!(far instanceof Socket)) client.once('end', () => add(client, far));
    },
  };
}
