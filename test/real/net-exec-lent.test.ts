import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { freePort, isPortOpen, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { execDirectly, hotpassArgv, script, startRunning, WAITING } from './support/borrowing.ts';
import { eventually, onlyPid, pidsOf, processesOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage, runtimeFiles, type Stage, throughSsh } from './support/stage.ts';

describeReal('a session that net exec opens', ['sshd', 'ssh'], () => {
  let echo: TestServer;
  let hole: TestServer;
  let sshd: Sshd;
  beforeAll(async () => {
    [echo, hole, sshd] = await Promise.all([startEcho(), startServer(0, '127.0.0.1', () => {}), startSshd()]);
  });
  afterAll(async () => {
    await Promise.all([echo?.close(), hole?.close(), sshd?.stop()]);
  });

  const expectNothing = async (stage: Stage, port?: number) => {
    expect((await processesOf(stage)).map(({ kind }) => kind)).toEqual([]);
    expect(await stage.records()).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
    if (port !== undefined) expect(await isPortOpen(port)).toBe(false);
  };
  const startOne = async (t: TestContext) => {
    const stage = await openStage(t);
    const port = await freePort();
    const options = execDirectly(`echo=${port}:127.0.0.1:${echo.port}`);
    const first = startRunning(hotpassArgv('net', ...options, ...WAITING), stage);
    await first.says('running');
    return { stage, port, first, options };
  };

  it.concurrent('is told as lent while the command runs', async (t) => {
    const { stage, first } = await startOne(t);
    expect(await stage.records()).toMatchObject([{ label: 'staging', lent: true }]);
    expect(await stage.status()).toMatchObject({ code: 0, sessions: [{ state: 'ready', lent: true }] });
    first.finish();
    expect(await first.end).toMatchObject({ code: 0 });
    await expectNothing(stage);
  });

  it.concurrent('is shared by a second command, and lives until that ends', async (t) => {
    const { stage, port, first } = await startOne(t);
    const second = startRunning(hotpassArgv('net', 'exec', '--', ...WAITING), stage);
    await second.says('running');
    first.finish();
    expect(await first.end).toMatchObject({ code: 0, stderr: '' });
    expect(await isPortOpen(port)).toBe(true);
    expect(await stage.records()).toHaveLength(1);
    second.finish();
    expect(await second.end).toMatchObject({ code: 0, stderr: '' });
    await expectNothing(stage, port);
  });

  it.concurrent('ends, and the command with it, when hotpass is killed', async (t) => {
    const { stage, port, first } = await startOne(t);
    const command = await onlyPid(stage, 'sh');
    first.child.kill('SIGKILL');
    await waitUntilGone(command);
    await eventually('the end of all', async () => (await processesOf(stage)).length === 0);
    await expectNothing(stage, port);
  });

  it.concurrent('is kept by a net up of the same plan, which says so', async (t) => {
    const { stage, port, first } = await startOne(t);
    const up = await stage.net(directly(`echo=${port}:127.0.0.1:${echo.port}`));
    expect(up.code).toBe(0);
    expect(up.stdout).toContain('staging was up for net exec alone, and stays up now');
    const [record] = await stage.records();
    expect(record).not.toHaveProperty('lent');
    first.finish();
    expect(await first.end).toMatchObject({ code: 0 });
    expect((await stage.status()).sessions).toMatchObject([{ state: 'ready' }]);
    expect(await stage.records()).toEqual([record]);
    const again = await stage.net([...directly(`echo=${port}:127.0.0.1:${echo.port}`), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'already-up' });
  });

  it.concurrent('is opened again by who comes just when it ends', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const exec = execDirectly(`echo=${port}:127.0.0.1:${echo.port}`);
    const crowd = Array.from({ length: 3 }, async () => {
      const codes: (number | null)[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        const { code, stderr } = await stage.net([...exec, 'true']);
        codes.push(code);
        if (code !== 0) throw new Error(stderr);
      }
      return codes;
    });
    expect((await Promise.all(crowd)).flat()).toEqual(Array(9).fill(0));
    await expectNothing(stage, port);
  });

  it.concurrent('that is ended by net down leaves the command running, and is told', async (t) => {
    const { stage, first } = await startOne(t);
    expect(await stage.net(['down'])).toMatchObject({ code: 0 });
    await eventually('the word', async () => first.said.stderr !== '');
    expect(first.said.stderr).toMatch(/^warning: session "staging" ended while the command runs/);
    expect(await pidsOf(stage, 'cat')).toHaveLength(1);
    first.finish();
    expect(await first.end).toMatchObject({ code: 0 });
    await expectNothing(stage);
  });

  it.concurrent.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves nothing when %s comes while it is opening',
    async (signal, t) => {
      const stage = await openStage(t);
      const port = await freePort();
      const bastion = ['--host', '127.0.0.1', '--ssh-port', `${hole.port}`, '--ssh-config', '/dev/null'];
      const exec = [
        'net',
        'exec',
        ...bastion,
        '--forward',
        `x=${port}:127.0.0.1:1`,
        '--json',
        '--',
        'touch',
        'ran',
      ];
      const opening = startRunning(hotpassArgv(...exec), stage);
      await eventually('ssh at the bastion', async () => (await pidsOf(stage, 'ssh')).length > 0);
      opening.child.kill(signal);
      const ended = await opening.end;
      expect(ended).toMatchObject({ code: 125 });
      expect(errorOf(ended)).toMatchObject({ code: 'interrupted', exitCode: 125 });
      await expectNothing(stage, port);
    },
  );

  it.concurrent('is left alone at a second Ctrl-C, with a code of its own, and ends by itself', async (t) => {
    const stage = await openStage(t);
    const bastion = ['--host', '127.0.0.1', '--ssh-port', `${hole.port}`, '--ssh-config', '/dev/null'];
    const exec = ['net', 'exec', ...bastion, '--forward', `x=${await freePort()}:127.0.0.1:1`, '--', 'true'];
    const opening = startRunning(hotpassArgv(...exec), stage);
    await eventually('ssh at the bastion', async () => (await pidsOf(stage, 'ssh')).length > 0);
    // One that does not hear: there is something to wait for after the first Ctrl-C.
    const supervisor = await onlyPid(stage, 'supervisor');
    signalIfAlive(supervisor, 'SIGSTOP');
    opening.child.kill('SIGINT');
    const hurry = setInterval(() => opening.child.kill('SIGINT'), 50);
    expect(await opening.end).toMatchObject({ code: 125, signal: null });
    clearInterval(hurry);
    signalIfAlive(supervisor, 'SIGCONT');
    await waitUntilGone(supervisor);
    await expectNothing(stage);
  });

  it.concurrent('is waited for when somebody else is just opening it', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`);
    const up = stage.net(args);
    await eventually('the record', async () => (await stage.records()).length > 0);
    expect(await stage.net(['exec', '--', 'true'])).toMatchObject({ code: 0, stderr: '' });
    expect(await up).toMatchObject({ code: 0 });
    expect((await stage.status()).sessions).toMatchObject([{ state: 'ready' }]);
  });

  it.concurrent('is not used when its service does not answer, unless the transport is enough', async (t) => {
    const stage = await openStage(t);
    const [port, dead] = [await freePort(), await freePort()];
    const up = throughSsh(sshd, `web=${port}:127.0.0.1:${dead}`);
    expect(await stage.net([...up, '--require', 'transport'])).toMatchObject({ code: 0 });
    const exec = ['exec', '--timeout', '1s', '--json'];
    const refused = await stage.net([...exec, '--', 'touch', 'ran']);
    expect(refused.code).toBe(125);
    expect(errorOf(refused)).toMatchObject({
      code: 'not-ready',
      message: expect.stringContaining('degraded'),
    });
    const accepted = await stage.net([...exec, '--require', 'transport', '--', 'echo', 'ran']);
    expect(accepted).toMatchObject({ code: 0, stdout: 'ran\n' });
    expect((await stage.status()).sessions).toMatchObject([{ state: 'degraded' }]);
  });

  it.concurrent('ends when its service never answers, and the command does not run', async (t) => {
    const stage = await openStage(t);
    const [port, dead] = [await freePort(), await freePort()];
    const [, ...options] = throughSsh(sshd, `web=${port}:127.0.0.1:${dead}`);
    const ended = await stage.net(['exec', ...options, '--timeout', '4s', '--', 'echo', 'ran']);
    expect(ended).toMatchObject({ code: 125, stdout: '', stderr: expect.stringContaining('degraded') });
    await expectNothing(stage, port);
  });

  it.concurrent('answers who uses it, also through a second process of the command', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const talk = script(`
      const socket = require('node:net').connect(process.env.HOTPASS_ECHO_PORT, process.env.HOTPASS_ECHO_HOST);
      socket.end('hello'); socket.pipe(process.stdout);`);
    const args = throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`);
    const [, ...options] = args;
    expect(await stage.net(['exec', ...options, '--', ...talk])).toMatchObject({ code: 0, stdout: 'hello' });
    await expectNothing(stage, port);
  });
});
