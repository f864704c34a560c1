import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { startSshAgent } from '../support/ssh-agent.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { exchange } from './support/clients.ts';
import { lockKey, startDialog } from './support/dialog.ts';
import { eventually, onlyPid } from './support/sandbox-processes.ts';
import { openStage, type Stage } from './support/stage.ts';

const PASSPHRASE = 'correct-horse-battery-staple';
const ASKS = "Enter passphrase for key '";

describeReal('a session that cannot log in again by itself', ['sshd', 'ssh', 'ssh-agent', 'script'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  let locked: string;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
    locked = await lockKey(sshd, 'locked', PASSPHRASE);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  /** Opens a session whose key is in an agent, then empties the agent and kills ssh. */
  const loseKey = async (t: TestContext) => {
    const stage = await openStage(t);
    const agent = await startSshAgent(join(stage.root, 'agent'));
    t.onTestFinished(agent.stop);
    await agent.add(sshd.identity);
    const config = join(stage.home, 'ssh_config');
    const host = [
      `Host by-agent\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${locked}`,
      `  IdentityAgent ${agent.socket}\n  NumberOfPasswordPrompts 1\n`,
    ];
    await writeFile(config, `${host.join('\n')}Include ${sshd.configFile}\n`);
    const port = await freePort();
    const args = [
      '--ssh-config',
      config,
      '--host',
      'by-agent',
      `--forward=echo=${port}:127.0.0.1:${echo.port}`,
    ];
    expect(await stage.net(['up', ...args])).toMatchObject({ code: 0 });
    await agent.empty();
    process.kill(await onlyPid(stage, 'ssh'), 'SIGKILL');
    const status = await eventually('needs-login', () => sessionIn(stage, 'needs-login'));
    return { stage, agent, port, status };
  };
  const sessionIn = async (stage: Stage, state: string) => {
    const [session] = (await stage.status()).sessions;
    return session?.state === state ? session : undefined;
  };
  const expectEcho = async (port: number) =>
    expect((await exchange(port, 'hello')).received.toString()).toBe('hello');

  it.concurrent('says what to type, and goes on by itself when the key is back', async (t) => {
    const { stage, agent, port, status } = await loseKey(t);
    expect(status).toMatchObject({ code: 'ssh-auth-failed', next: 'hotpass net up staging' });
    const held = exchange(port, 'held');
    await agent.add(sshd.identity);
    await eventually('ready', () => sessionIn(stage, 'ready'));
    expect((await held).received.toString()).toBe('held');
  });

  it.concurrent('is helped in by a net up on a terminal, whatever it was opened with', async (t) => {
    const { stage, port } = await loseKey(t);
    const config = `targets: { staging: { net: { ssh: { host: other }, forwards: { x: { host: y, port: 1 } } } } }`;
    await writeFile(join(stage.project, 'hotpass.yaml'), `version: 1\n${config}\n`);
    const dialog = startDialog(stage, ['up', 'staging']);
    await dialog.asks('is up with another plan: --host: by-agent -> other');
    await dialog.answer(`${ASKS}${locked}': `, `${PASSPHRASE}\n`);
    const shown = await dialog.over;
    expect(shown).toContain('staging was up already, nothing changed.');
    expect(shown).toContain('code=0\n');
    await expectEcho(port);
    expect(await sessionIn(stage, 'ready')).toBeDefined();
  });

  it.concurrent('stays and needs a login still when who was asked goes away', async (t) => {
    const { stage, agent, port } = await loseKey(t);
    const dialog = startDialog(stage, ['up']);
    await dialog.answer(ASKS, '\u0003');
    const shown = await dialog.over;
    expect(shown).toContain('code=1\n');
    expect(shown).toMatch(/ echo /);
    await eventually('needs-login', () => sessionIn(stage, 'needs-login'));
    await agent.add(sshd.identity);
    await eventually('ready', () => sessionIn(stage, 'ready'));
    await expectEcho(port);
  });

  it.concurrent('tells who could not help that it needs a login', async (t) => {
    const { stage } = await loseKey(t);
    const dialog = startDialog(stage, ['up', '--json'], '2>/dev/null | cat');
    await dialog.answer(ASKS, 'wrong\n');
    expect(await dialog.over).toMatch(/"code":"ssh-auth-failed","message":"staging is needs-login: /);
    expect(await sessionIn(stage, 'needs-login')).toBeDefined();
  });

  it.concurrent('asks the next one when the first goes away', async (t) => {
    const { stage } = await loseKey(t);
    const first = startDialog(stage, ['up']);
    await first.asks(ASKS);
    const second = startDialog(stage, ['up']);
    await eventually('two who attend', async () => {
      const { stdout } = await stage.net(['logs']);
      return stdout.split('somebody attends').length > 2;
    });
    first.type('\u0003');
    expect((await first.over).split(ASKS)).toHaveLength(2);
    await second.answer(ASKS, `${PASSPHRASE}\n`);
    expect(await second.over).toContain('code=0\n');
    // It was the same question: the second to come did not take it away from the first.
    expect((await stage.net(['logs'])).stdout.split(`asks: ${ASKS}`)).toHaveLength(2);
    expect(await sessionIn(stage, 'ready')).toBeDefined();
  });
});
