import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, startEcho, startServer, type TestServer } from '../../support/ports.ts';
import { exchange, openClient, readToEnd } from './clients.ts';
import { eventually } from './sandbox-processes.ts';
import { openStage, type Stage } from './stage.ts';

const BIG_BYTES = 20 * 1024 * 1024;
/** More than all buffers on the way hold together. */
const FLOOD_BYTES = 60_000_000;

/** Tests what clients get from a tunnel, whatever its way is; `argsFor` makes the `net up` of a forward. */
export function testClients(argsFor: (forward: string) => readonly string[]): void {
  /** Opens a stage with one forward to a service; gives the local port. */
  const openTo = async (service: TestServer): Promise<{ stage: Stage; port: number }> => {
    const stage = await openStage();
    onTestFinished(() => service.close());
    const port = await freePort();
    expect(await stage.net(argsFor(`svc=${port}:127.0.0.1:${service.port}`))).toMatchObject({ code: 0 });
    return { stage, port };
  };
  const serve = (handle: (socket: Socket) => void) => startServer(0, '127.0.0.1', handle);

  it('get an answer that is given only after their end', async () => {
    const service = await serve((socket) => {
      let size = 0;
      socket.on('data', (chunk) => {
        size += chunk.length;
      });
      socket.on('end', () => socket.end(`${size} bytes`));
    });
    const { port } = await openTo(service);
    const { outcome, received } = await exchange(port, randomBytes(100_000));
    expect(`${outcome}: ${received}`).toBe('ended: 100000 bytes');
  });

  it('may go on sending after the end of the service', async () => {
    let finished: (text: string) => void = () => {};
    const got = new Promise<string>((resolve) => {
      finished = resolve;
    });
    const service = await serve((socket) => {
      let text = '';
      socket.end('greeting');
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => text !== '' && finished(text));
    });
    const { port } = await openTo(service);
    const client = await openClient(port);
    client.resume();
    await once(client, 'end');
    client.end('said after the end');
    expect(await got).toBe('said after the end');
  });

  it('get and send 20 MB byte for byte', async () => {
    const { port } = await openTo(await startEcho());
    const sent = randomBytes(BIG_BYTES);
    const { outcome, received } = await exchange(port, sent);
    expect(outcome).toBe('ended');
    expect(received.equals(sent)).toBe(true);
  });

  it('are not stopped by one that does not read', async () => {
    const service = await serve((socket) => {
      socket.once('data', (first) => {
        if (String(first) !== 'flood') socket.end('quick');
        else
          for (let written = 0; written < FLOOD_BYTES; written += 1_000_000)
            socket.write(randomBytes(1_000_000));
      });
      socket.on('end', () => socket.end());
    });
    const { stage, port } = await openTo(service);
    const lazy = await openClient(port);
    lazy.pause();
    lazy.write('flood');
    const moved = async () => (await stage.status()).sessions[0]?.forwards[0]?.traffic?.receivedBytes ?? 0;
    await eventually('a flood that stands', async () => {
      const before = await moved();
      return before > 0 && (await moved()) === before;
    });
    for (let number = 0; number < 5; number += 1) {
      expect(String((await exchange(port, 'please')).received)).toBe('quick');
    }
    // What nobody reads stays with the service: it is not piled up in our memory.
    expect(await moved()).toBeLessThan(FLOOD_BYTES / 2);
    const rest = readToEnd(lazy);
    lazy.resume();
    lazy.end();
    expect((await rest).received.length).toBe(FLOOD_BYTES);
  });

  it('that reset their connection end it on the far side, and nobody else', async () => {
    const service = await startEcho();
    const { stage, port } = await openTo(service);
    const [rude, polite] = [await openClient(port), await openClient(port)];
    rude.write('x'.repeat(100_000));
    polite.write('still ');
    await Promise.all([once(rude, 'data'), once(polite, 'data')]);
    expect(service.open()).toBe(2);
    rude.resetAndDestroy();
    await eventually('the end of one', async () => service.open() === 1);
    const rest = readToEnd(polite);
    polite.end('here');
    expect(String((await rest).received)).toBe('here');
    expect(await stage.status()).toMatchObject({ code: 0 });
  });

  it('are served 200 at once', async () => {
    const { stage, port } = await openTo(await startEcho());
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        const { outcome, received } = await exchange(port, `client ${number}`);
        return `${outcome} ${received}`;
      }),
    );
    expect(answers).toEqual(answers.map((_, number) => `ended client ${number}`));
    const traffic = (await stage.status()).sessions[0]?.forwards[0]?.traffic;
    expect(traffic).toMatchObject({ total: 200, active: 0, held: 0, refused: 0 });
  });
}
