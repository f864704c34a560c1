import { createServer, type Server, type Socket } from 'node:net';
import { HotpassError, isErrno, messageOf } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { SOCKET_BUFFER_BYTES } from '../dial.ts';
import type { Handles } from '../handles.ts';
import type { Forward } from '../plan.ts';
import { reachFar } from '../reach.ts';
import type { OpenTransport } from '../transport.ts';
import { createEndedClients } from './ended-clients.ts';
import type { Gate } from './gate.ts';
import { createHeldClients } from './held-clients.ts';
import { spliceClient } from './splice.ts';

/** How many clients a forward has and what they moved. */
export interface ForwardTraffic {
  readonly active: number;
  readonly held: number;
  readonly total: number;
  readonly refused: number;
  /** Bytes from clients to the service, and back. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** The open local end of one forward. */
export interface ForwardListener {
  readonly forward: Forward;
  listening(): boolean;
  traffic(): ForwardTraffic;
  /** Lets go of held clients that have left; TCP alone does not tell. */
  forgetLeft(): Promise<void>;
  /** Stops taking new clients; those that are there go on. */
  stopListening(): Promise<void>;
  /** Resets the clients that were joined over a way that is lost; returns how many there were. */
  loseWay(way: OpenTransport): number;
  /** Cuts every client; returns how many there were. */
  cutClients(): number;
}

export interface OpenListener {
  readonly forward: Forward;
  readonly bind: readonly string[];
  readonly gate: Gate;
  readonly handles: Handles;
  /** How long a client waits while there is no way to the far side, in milliseconds. */
  readonly holdMs: number;
  /** Told when a client comes or goes, and why one was refused. */
  readonly onTraffic: (refusal?: string) => void;
  /** Told when the wait of a held client is over: whether it is served now, or was held too long. */
  readonly onHeld: (served: boolean) => void;
  /** Told when a client was cut because its way is breaking, before `loseWay` says that it is lost. */
  readonly onCut: () => void;
}

/**
 * Listens on every bind address of a forward and joins each client to the far side. Clients that come while there
 * is no way are held, then refused: never left hanging. Throws `port-busy` or `port-denied`.
 */
export async function openListener(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  open: OpenListener,
): Promise<ForwardListener> {
  const { forward } = open;
  const clients = new Set<Socket>();
  const joined = new Map<Socket, OpenTransport>();
  const held = createHeldClients();
  const ended = createEndedClients(sys);
  let [total, refused, sentBytes, receivedBytes] = [0, 0, 0, 0];

  const serve = async (client: Socket) => {
    total += 1;
    const settle = open.handles.admit();
    if (settle === undefined) {
      refused += 1;
      client.resetAndDestroy();
      return open.onTraffic();
    }
    clients.add(client);
    client.once('close', () => {
      clients.delete(client);
      joined.delete(client);
      held.remove(client);
      // bytesRead of a client is what it sent us.
      sentBytes += client.bytesRead;
      receivedBytes += client.bytesWritten;
      open.onTraffic();
    });
    // Until it is joined nobody else listens for its errors, and one without a listener would end the process.
    client.on('error', () => {});
    open.onTraffic();
    held.add(client);
    // Read ahead a little, without passing it on: a client that resets its connection is heard of in no other way.
    if (open.gate.current() === undefined) client.read(0);
    const splice = spliceClient(client);
    const hasLeft = async () => {
      await held.forgetLeft();
      return client.destroyed;
    };
    const reached = await reachFar(sys, open, { receive: splice.receive, hasLeft }).finally(settle);
    held.remove(client);
    if (reached.wasHeld && !client.destroyed) open.onHeld('far' in reached);
    if ('refusal' in reached) {
      if (client.destroyed) return;
      refused += 1;
      client.resetAndDestroy();
      open.onTraffic(reached.refusal);
    } else if (client.destroyed) reached.far.destroy();
    else {
      const { far, way } = reached;
      joined.set(client, way);
      ended.watch(client, far);
      const isCut = () => way.isBreaking(far);
      splice.join(far, isCut, () => {
        void isCut().then((isBreaking) => isBreaking && open.onCut());
      });
    }
  };

  const servers: Server[] = [];
  try {
    for (const address of open.bind) servers.push(await listen(address, forward, serve));
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  return {
    forward,
    listening: () => servers.every((server) => server.listening),
    traffic() {
      let [sent, received] = [sentBytes, receivedBytes];
      for (const client of clients) {
        sent += client.bytesRead;
        received += client.bytesWritten;
      }
      return {
        active: joined.size,
        held: held.count(),
        total,
        refused,
        sentBytes: sent,
        receivedBytes: received,
      };
    },
    forgetLeft: held.forgetLeft,
    async stopListening() {
      await Promise.all(servers.map(closeServer));
    },
    loseWay(way) {
      const cut = [...joined].filter(([, over]) => over === way);
      for (const [client] of cut) client.resetAndDestroy();
      return cut.length;
    },
    cutClients() {
      const count = clients.size;
      for (const client of clients) client.resetAndDestroy();
      return count;
    },
  };
}

function listen(
  address: string,
  forward: Forward,
  serve: (client: Socket) => Promise<void>,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(
      { allowHalfOpen: true, noDelay: true, pauseOnConnect: true, highWaterMark: SOCKET_BUFFER_BYTES },
      (client) => void serve(client),
    );
    server.once('error', (error) => reject(listenError(error, address, forward)));
    server.listen({ host: address, port: forward.localPort, ipv6Only: true }, () => {
      // Out of file handles: node closes the client it cannot serve and listens on.
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function listenError(error: Error, address: string, forward: Forward): HotpassError {
  const where = `${address.includes(':') ? `[${address}]` : address}:${forward.localPort}`;
  const parts = { cause: error, details: { port: forward.localPort, address, forward: forward.name } };
  if (isErrno(error, 'EADDRINUSE')) {
    return new HotpassError('port-busy', `${where} for ${forward.name} is already in use`, parts);
  }
  if (isErrno(error, 'EACCES', 'EPERM')) {
    return new HotpassError('port-denied', `this user may not listen on ${where} for ${forward.name}`, {
      ...parts,
      hint: `take a port from 1024: --forward ${forward.name}=LOCAL:${forward.host}:${forward.port}`,
    });
  }
  if (isErrno(error, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EINVAL', 'EAI_AGAIN')) {
    return new HotpassError('bind-invalid', `${address} is not an address of this machine`, {
      ...parts,
      hint: 'see: ip address',
    });
  }
  return new HotpassError('port-denied', `cannot listen on ${where}: ${messageOf(error)}`, parts);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // close() waits for clients that are still there; new ones are refused from the call on.
    server.close();
    resolve();
  });
}
