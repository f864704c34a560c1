import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { directly, openStage, type Stage } from './support/stage.ts';

describe('the ports of labels that are gone', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const up = (port: number, label: string, ...more: readonly string[]) => [
    ...directly(`x=${port}:127.0.0.1:${echo.port}`),
    '--label',
    label,
    ...more,
  ];
  const localPort = async (stage: Stage, label: string) =>
    (await stage.records()).find((record) => record.label === label)?.forwards[0]?.localPort;

  it('are free for another label as soon as the session has ended', async () => {
    const [stage, port] = [await openStage(), await freePort()];
    expect(await stage.net(up(port, 'first'))).toMatchObject({ code: 0 });
    expect(await stage.net(['down', 'first'])).toMatchObject({ code: 0 });
    expect(await stage.net(up(port, 'second'))).toMatchObject({ code: 0, stderr: '' });
    expect(await localPort(stage, 'second')).toBe(port);
  });

  it('are free for another label as soon as a start has failed', async () => {
    const [stage, port] = [await openStage(), await freePort()];
    expect(await stage.net(up(port, 'first', '--bind', '192.0.2.1'))).toMatchObject({ code: 2 });
    expect(await stage.net(up(port, 'second'))).toMatchObject({ code: 0, stderr: '' });
    expect(await localPort(stage, 'second')).toBe(port);
  });

  it('that moved are told with --quiet too', async () => {
    const [stage, port] = [await openStage(), await freePort()];
    const stranger = await startServer(port, '127.0.0.1', (socket) => socket.resume());
    onTestFinished(stranger.close);
    const { code, stderr } = await stage.net(up(port, 'first', '--quiet'));
    expect(code).toBe(0);
    const got = await localPort(stage, 'first');
    expect(stderr).toMatch(new RegExp(`^warning: ${port} is held by .+; x keeps ${got} from now on\n$`));
  });
});
