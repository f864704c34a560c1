import { execFile, spawn } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { freePort, isPortOpen, startEcho } from './ports.ts';
import { endProcess, isRunning } from './processes.ts';
import { describeReal, realPath } from './real.ts';
import { type Sshd, startSshd } from './sshd.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

const startOne = async (options?: Parameters<typeof startSshd>[0]) => {
  const sshd = await startSshd(options);
  started.push(sshd);
  return sshd;
};

/** Runs `true` on the far side; gives ssh's exit code and what it said. */
const login = (sshd: Sshd, ...more: string[]) =>
  new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = execFile(
      realPath('ssh'),
      ['-F', sshd.configFile, '-o', 'BatchMode=yes', ...more, 'true'],
      (_error, _stdout, stderr) => resolve({ code: child.exitCode, stderr }),
    );
  });

/** Keeps a plain `ssh -N -L` open to the echo server until the test ends. */
const openForward = async (sshd: Sshd, to: number) => {
  const local = await freePort();
  const child = spawn(
    realPath('ssh'),
    ['-F', sshd.configFile, '-N', '-L', `127.0.0.1:${local}:127.0.0.1:${to}`, sshd.alias],
    { stdio: 'ignore' },
  );
  started.push({ stop: () => endProcess(child) });
  await expect.poll(() => isPortOpen(local), { timeout: 10_000 }).toBe(true);
  return local;
};

describeReal('a real sshd for tests', ['sshd', 'ssh'], () => {
  it('lets the accepted key in and no other', async () => {
    const sshd = await startOne();
    expect(await login(sshd, sshd.alias)).toMatchObject({ code: 0 });
    expect(await login(sshd, `${sshd.alias}-wrong-key`)).toMatchObject({ code: 255 });
    const byAddress = ['-p', `${sshd.port}`, '-l', sshd.user, '127.0.0.1'];
    expect(await login(sshd, '-i', sshd.identity, ...byAddress)).toMatchObject({ code: 0 });
    expect(await login(sshd, '-i', sshd.wrongIdentity, ...byAddress)).toMatchObject({ code: 255 });
    expect(await sshd.log()).toContain('Accepted publickey');
  });

  it('is refused by ssh when known_hosts holds another key', async () => {
    const sshd = await startOne();
    await writeFile(sshd.knownHosts, sshd.wrongHostKeyLine);
    expect((await login(sshd, sshd.alias)).stderr).toContain('IDENTIFICATION HAS CHANGED');
    await writeFile(sshd.knownHosts, sshd.hostKeyLine);
    expect(await login(sshd, sshd.alias)).toMatchObject({ code: 0 });
  });

  it('stands behind another one as jump target', async () => {
    const outer = await startOne();
    const inner = await startOne({ joins: outer, alias: 'inner' });
    expect(await login(outer, '-J', 'bastion', 'inner')).toMatchObject({ code: 0 });
    expect(await outer.log()).toContain('Accepted publickey');
    expect(await inner.log()).toContain('Accepted publickey');
  });

  it('falls silent when frozen, drops its sessions, and comes back on the same port', async () => {
    const echo = await startEcho();
    started.push({ stop: echo.close });
    const sshd = await startOne();
    const client = connect(await openForward(sshd, echo.port), '127.0.0.1');
    started.push({ stop: async () => void client.destroy() });
    let answers = '';
    client.setEncoding('utf8').on('data', (text) => {
      answers += text;
    });
    client.write('a');
    await expect.poll(() => answers).toBe('a');
    await sshd.freeze();
    client.write('b');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(answers).toBe('a');
    await sshd.thaw();
    await expect.poll(() => answers).toBe('ab');
    await sshd.dropSessions();
    await expect.poll(() => sshd.sessionPids()).toEqual([]);
    const before = sshd.pid;
    await sshd.restart();
    expect(sshd.pid).not.toBe(before);
    expect(await login(sshd, sshd.alias)).toMatchObject({ code: 0 });
  });

  it('leaves no process, port or file behind, not even with a session open', async () => {
    const echo = await startEcho();
    started.push({ stop: echo.close });
    const sshd = await startOne();
    await openForward(sshd, echo.port);
    const pids = [sshd.pid, ...(await sshd.sessionPids())];
    expect(pids.length).toBeGreaterThan(1);
    await sshd.stop();
    await sshd.stop();
    for (const pid of pids) expect(await isRunning(pid)).toBe(false);
    expect(await isPortOpen(sshd.port)).toBe(false);
    await expect(access(sshd.folder)).rejects.toThrow('ENOENT');
  });

  it('forwards only where it may', async () => {
    const sshd = await startOne({ allowTcpForwarding: 'no' });
    const echo = await startEcho();
    started.push({ stop: echo.close });
    const refused = await login(sshd, '-W', `127.0.0.1:${echo.port}`, sshd.alias);
    expect(refused.stderr).toContain('administratively prohibited');
  });
});
