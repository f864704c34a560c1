import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, startEcho } from '../support/ports.ts';
import { onlyPid } from './support/sandbox-processes.ts';
import { directly, openStage } from './support/stage.ts';

it('a session outlives whoever connects to its control socket and goes away or talks nonsense', async () => {
  const [stage, echo] = [await openStage(), await startEcho()];
  onTestFinished(echo.close);
  expect(await stage.net(directly(`x=${await freePort()}:127.0.0.1:${echo.port}`))).toMatchObject({
    code: 0,
  });
  const pid = await onlyPid(stage, 'supervisor');
  const [{ socket: path = '' } = {}] = await stage.records();
  for (const words of ['', 'x', '{"op":', 'null\n', '\u0000\n']) {
    const socket = connect({ path });
    await once(socket, 'connect');
    socket.end(words);
    socket.resume();
    await once(socket, 'close');
  }
  expect(await stage.status()).toMatchObject({ code: 0, sessions: [{ state: 'ready', pid }] });
});
