import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange } from '../real/support/clients.ts';
import { lockKey, startDialog } from '../real/support/dialog.ts';
import { makeThroughSsh, reboot } from '../real/support/reboot.ts';
import { directly, openStage } from '../real/support/stage.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const PASSPHRASE = 'correct-horse-battery-staple';
const ASKS = "Enter passphrase for key '";

describeReal('net up --resume of sessions that ask', ['sshd', 'ssh', 'script'], () => {
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

  it('asks for one after the other on a terminal, and for none without', async (t) => {
    const stage = await openStage(t);
    const ports = [await freePort(), await freePort()] as const;
    const ups = ports.map((port, index) =>
      stage.net([...directly(`echo=${port}:127.0.0.1:${echo.port}`), '--label', `l${index}`]),
    );
    expect(await Promise.all(ups)).toMatchObject([{ code: 0 }, { code: 0 }]);
    await reboot(stage);
    // As if they had been opened through ssh, which takes two dialogs and as many logins.
    const { port, configFile } = sshd;
    const gateway = { host: '127.0.0.1', port, identity: locked, configFile };
    await makeThroughSsh(stage, gateway);
    const alone = await stage.net(['up', '--resume', '--json']);
    expect(alone).toMatchObject({ code: 1, stderr: '' });
    const failed = { outcome: 'failed', code: 'ssh-auth-failed' };
    expect(JSON.parse(alone.stdout)).toMatchObject({ sessions: [failed, failed] });
    expect(await stage.records()).toHaveLength(2);

    const dialog = startDialog(stage, ['up', '--resume']);
    await dialog.answer(ASKS, `${PASSPHRASE}\n`);
    await dialog.answer(ASKS, `${PASSPHRASE}\n`);
    const shown = await dialog.over;
    expect(shown).toContain('2 sessions: 2 back');
    expect(shown).toContain('code=0\n');
    for (const port of ports) expect(await exchange(port, 'again')).toMatchObject({ outcome: 'ended' });
  });
});
