import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A stand-in for the network between two programs: passes bytes on, until it is told otherwise. */
export interface Relay {
  readonly port: number;
  /** Nothing arrives any more, in either direction, and nobody is told; what was sent meanwhile arrives after `pass`. */
  lose(): void;
  /** Resets what is open and refuses what comes. */
  refuse(): Promise<void>;
  /** Ends every fault. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a relay on a port of loopback to another port there. */
export async function startRelay(port: number, target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const waiting = new Set<Socket>();
  let isLost = false;
  let server: Server | undefined;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      waiting.delete(socket);
    });
  };
  const join = (near: Socket) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    keep(far);
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      from.on('data', (bytes) => to.write(bytes));
      from.once('end', () => to.end());
      from.once('close', () => to.destroy());
      from.resume();
    }
  };
  const listen = async () => {
    if (server?.listening === true) return;
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
      keep(near);
      if (isLost) waiting.add(near);
      else join(near);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const drop = async () => {
    for (const socket of sockets) socket.resetAndDestroy();
    if (server?.listening !== true) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  };

  await listen();
  return {
    port,
    lose() {
      isLost = true;
      for (const socket of sockets) socket.pause();
    },
    refuse: drop,
    async pass() {
      isLost = false;
      for (const near of waiting) join(near);
      waiting.clear();
      for (const socket of sockets) socket.resume();
      await listen();
    },
    close: drop,
  };
}
