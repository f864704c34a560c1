import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually, onlyPid, pidsOf } from '../real/support/sandbox-processes.ts';
import { errorOf, openStage } from '../real/support/stage.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { describeReal, realPath } from '../support/real.ts';
import { operatorOf } from '../support/rival-plugin.ts';
import { startFarSide } from '../support/ssm-far-side.ts';

const PLUGIN = 'session-manager-plugin';

describeReal('net up by the official plugin', [PLUGIN], () => {
  const openGround = async () => {
    const echo = await startEcho();
    const far = await startFarSide({ hosts: { 'echo.internal': '127.0.0.1' } });
    onTestFinished(async () => {
      await far.close();
      await echo.close();
    });
    const stage = await openStage();
    const ports = [await freePort(), await freePort()] as const;
    const env = {
      ...operatorOf(far.url),
      PATH: `${dirname(realPath(PLUGIN))}:${process.env.PATH}`,
    };
    const net = (...args: string[]) => stage.net(args, { env });
    const up = (...more: string[]) =>
      net(
        'up',
        ...['--via', 'ssm', '--instance', 'i-0123456789abcdef0', '--ssm-client', 'plugin'],
        ...['--forward', `a=${ports[0]}:echo.internal:${echo.port}`],
        ...['--forward', `b=${ports[1]}:echo.internal:${echo.port}`],
        ...more,
      );
    const open = async () => (await far.sessions()).filter(({ state }) => state !== 'Terminated');
    return { stage, far, ports, env, net, up, open };
  };

  /** A connection that is still there, and says what it is told. */
  const talk = async (port: number) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await once(socket, 'connect');
    return {
      socket,
      closed,
      async say(words: string): Promise<string> {
        socket.write(words);
        const [bytes] = await once(socket, 'data');
        return String(bytes);
      },
    };
  };

  it('carries connections, and leaves no program and no session', async () => {
    const { stage, ports, net, up, open } = await openGround();
    expect(await up()).toMatchObject({ code: 0, stdout: expect.stringContaining('staging is up') });
    expect(await pidsOf(stage, PLUGIN)).toHaveLength(2);
    const talks = await Promise.all([...ports, ...ports].map(talk));
    for (const [number, { say }] of talks.entries())
      expect(await say(`words ${number}`)).toBe(`words ${number}`);
    expect((await stage.status()).sessions).toMatchObject([{ state: 'ready', via: 'ssm' }]);
    expect(await net('down')).toMatchObject({ code: 0 });
    expect(await pidsOf(stage, PLUGIN)).toEqual([]);
    expect(await open()).toEqual([]);
  });

  it('puts another plugin in the place of one that was killed, and tells what it cost', async () => {
    const { stage, ports, up, open } = await openGround();
    await up();
    const [first, second] = [await talk(ports[0]), await talk(ports[1])];
    await first.say('one');
    await second.say('two');
    const pid = (await pidsOf(stage, PLUGIN))[0] ?? -1;
    const cut = Promise.race([first.closed, second.closed]);
    signalIfAlive(pid, 'SIGKILL');
    await cut;
    const rest = first.socket.destroyed ? second : first;
    expect(await rest.say('still here')).toBe('still here');
    await eventually('two plugins', async () => (await pidsOf(stage, PLUGIN)).length === 2);
    await eventually('ready', async () => (await stage.status()).sessions[0]?.state === 'ready');
    const [session] = (await stage.status()).sessions;
    expect(session?.breaks).toMatchObject([
      { lost: 1, reason: expect.stringContaining(`${PLUGIN} ended SIGKILL`) },
    ]);
    for (const port of ports) expect(await (await talk(port)).say('again')).toBe('again');
    await eventually('two sessions', async () => (await open()).length === 2);
  });

  it('ends with its supervisor, and the next verb ends what was open over there', async () => {
    const { stage, up, net, open } = await openGround();
    await up();
    const plugins = await pidsOf(stage, PLUGIN);
    const before = (await open()).map(({ id }) => id);
    const supervisor = await onlyPid(stage, 'supervisor');
    signalIfAlive(supervisor, 'SIGKILL');
    await waitUntilGone(supervisor);
    await Promise.all(plugins.map(waitUntilGone));
    expect(await up()).toMatchObject({ code: 0 });
    const after = (await open()).map(({ id }) => id);
    expect(after).toHaveLength(2);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    await net('down');
    expect(await open()).toEqual([]);
  });

  it('says what to do where there is no plugin, and starts no session', async () => {
    const { far, up, env, stage } = await openGround();
    const bare = env.PATH.slice(env.PATH.indexOf(':') + 1);
    Object.assign(env, { PATH: bare });
    const ended = await up('--json');
    expect(ended.code).toBe(1);
    expect(errorOf(ended)).toMatchObject({ code: 'program-missing', hint: 'leave out --ssm-client plugin' });
    expect(await far.sessions()).toEqual([]);
    expect(await stage.records()).toEqual([]);
  });
});
