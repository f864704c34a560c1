import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { exchange, openClient, readToEnd } from './support/clients.ts';
import { eventually } from './support/sandbox-processes.ts';
import { directly, openStage, type Stage, throughSsh } from './support/stage.ts';

const BIG_BYTES = 20 * 1024 * 1024;
/** More than all buffers on the way hold together. */
const FLOOD_BYTES = 60_000_000;

describeReal('clients', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  describe.each(['ssh', 'direct'] as const)('of a tunnel that goes by %s', (via) => {
    /** Opens a stage with one forward to a service; gives the local port. */
    const openTo = async (service: TestServer): Promise<{ stage: Stage; port: number }> => {
      const stage = await openStage();
      onTestFinished(() => service.close());
      const port = await freePort();
      const forward = `svc=${port}:127.0.0.1:${service.port}`;
      expect(await stage.net(via === 'ssh' ? throughSsh(sshd, forward) : directly(forward))).toMatchObject({
        code: 0,
      });
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
  });

  it('that are held longer than --hold are reset, counted and told; not left hanging', async () => {
    const stage = await openStage();
    const echo = await startEcho();
    const port = await freePort();
    const forward = `svc=${port}:127.0.0.1:${echo.port}`;
    expect(await stage.net([...throughSsh(sshd, forward), '--hold', '1s'])).toMatchObject({ code: 0 });
    await sshd.halt();
    onTestFinished(() => sshd.restart());
    await eventually('the loss', async () => (await stage.status()).sessions[0]?.state === 'reconnecting');
    const began = Date.now();
    const held = exchange(port, 'anybody there?');
    await eventually(
      'the hold',
      async () => (await stage.status()).sessions[0]?.forwards[0]?.traffic?.held === 1,
    );
    expect((await held).outcome).toBe('ECONNRESET');
    expect(Date.now() - began).toBeGreaterThan(900);
    expect(Date.now() - began).toBeLessThan(3_000);
    const { sessions } = await stage.status();
    expect(sessions[0]?.forwards[0]?.traffic).toMatchObject({ held: 0, refused: 1, active: 0 });
    expect((await stage.net(['logs'])).stdout).toContain(
      'svc: client refused: no way to the far side within 1 s',
    );
    await echo.close();
  });
});
