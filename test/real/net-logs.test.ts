import { afterAll, beforeAll, expect, it } from 'vitest';
import { nextCommands, parseCommand } from '../support/next-commands.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { openStage, throughSsh } from './support/stage.ts';

describeReal('a session', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  it('keeps a log that can be read afterwards', async () => {
    const stage = await openStage();
    expect(await stage.net(['logs'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'no log of "staging"; nothing was logged in this project  [label-unknown]',
      ),
    });
    await stage.net(throughSsh(sshd, `x=${await freePort()}:127.0.0.1:${echo.port}`));
    await stage.net(['down']);
    const { code, stdout } = await stage.net(['logs']);
    expect(code).toBe(0);
    const texts = stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S+Z /, ''));
    expect(texts).toEqual(['starting -> ready', 'told to stop', 'ready -> stopped', 'ended']);
    const last = await stage.net(['logs', '--lines', '1', '--json']);
    expect(JSON.parse(last.stdout)).toEqual([{ at: expect.stringMatching(/^\d{4}-.*Z$/), text: 'ended' }]);
    const unknown = await stage.net(['logs', 'nope']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('no log of "nope"; there are: staging  [label-unknown]');
    const commands = nextCommands(unknown.stderr);
    expect(commands).toEqual(['hotpass net logs staging']);
    commands.forEach(parseCommand);
  });
});
