import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockKey, startDialog } from '../real/support/dialog.ts';
import { expectNothingLeft } from '../real/support/refusals.ts';
import { openStage } from '../real/support/stage.ts';
import { makePamLogin, type PamLogin } from '../support/pam-login.ts';
import { freePort } from '../support/ports.ts';
import { describeReal, realPath } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const run = promisify(execFile);
const PASSWORD = 'open-sesame-4711';

const throughTo = async (sshd: Sshd, ...more: string[]) => [
  'up',
  ...['--ssh-config', sshd.configFile, '--forward', `ssh=${await freePort()}:127.0.0.1:${sshd.port}`],
  ...more,
];

describeReal(
  'a server that asks for a password',
  ['sshd', 'ssh', 'script', 'libpam_wrapper.so', 'pam_matrix.so'],
  () => {
    let pam: PamLogin;
    let sshd: Sshd;
    let outer: Sshd;
    beforeAll(async () => {
      pam = await makePamLogin(PASSWORD);
      sshd = await startSshd(pam);
      outer = await startSshd({ alias: 'behind', joins: sshd });
    });
    afterAll(async () => {
      await outer?.stop();
      await sshd?.stop();
      await pam?.remove();
    });

    it.concurrent('gets it from the terminal, and asks again after a wrong one', async (t) => {
      const stage = await openStage(t);
      const dialog = startDialog(stage, await throughTo(sshd, '--host', 'bastion'));
      await dialog.asks('ssh (bastion) asks:');
      await dialog.answer(`(${sshd.user}@127.0.0.1) Password: `, 'wrong\n');
      await dialog.answer('Password: ', `${PASSWORD}\n`);
      const shown = await dialog.over;
      expect(shown).toContain('code=0\n');
      expect(shown).not.toContain(PASSWORD);
    });

    it.concurrent('as a jump host is named, and may be answered', async (t) => {
      const stage = await openStage(t);
      const dialog = startDialog(stage, await throughTo(outer, '--host', 'behind', '--jump', 'bastion'));
      await dialog.asks('ssh (jump host bastion) asks:');
      await dialog.answer('Password: ', `${PASSWORD}\n`);
      expect(await dialog.over).toContain('code=0\n');
    });

    it.concurrent('is asked nothing without a terminal, and sent nothing', async (t) => {
      const stage = await openStage(t);
      const said = await stage.net(await throughTo(sshd, '--host', 'bastion'));
      expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining('[ssh-auth-failed]') });
      expect(said.stderr).toContain('(it takes keyboard-interactive)');
    });

    it.concurrent('behind a ProxyCommand is sent no empty passwords without a terminal', async (t) => {
      const stage = await openStage(t);
      const config = join(stage.home, 'ssh_config');
      const command = `ssh -F ${sshd.configFile} -W 127.0.0.1:${outer.port} bastion`;
      await writeFile(config, `Host behind\n  ProxyCommand ${command}\nInclude ${outer.configFile}\n`);
      const { code, stderr } = await stage.net([
        'up',
        ...['--ssh-config', config, '--host', 'behind'],
        ...['--forward', `ssh=${await freePort()}:127.0.0.1:${outer.port}`],
      ]);
      expect(code).toBe(1);
      expect(stderr).toContain('ssh (what leads to behind (ProxyJump or ProxyCommand)) asks');
      expect(stderr).toContain('[login-needed]');
      await expectNothingLeft(stage);
    });
  },
);

describeReal('a security key', ['sshd', 'ssh', 'script', 'sk-dummy.so', 'ssh-sk-helper'], () => {
  let sshd: Sshd;
  let key: string;
  beforeAll(async () => {
    sshd = await startSshd();
    key = join(sshd.folder, 'id_sk');
    await run('ssh-keygen', ['-q', '-t', 'ed25519-sk', '-w', realPath('sk-dummy.so'), '-N', '', '-f', key]);
    await appendFile(sshd.authorizedKeys, await readFile(`${key}.pub`, 'utf8'));
  });
  afterAll(() => sshd?.stop());

  it('says on the terminal that it wants to be touched', async () => {
    const stage = await openStage();
    const args = await throughTo(
      sshd,
      '--host',
      '127.0.0.1',
      '--ssh-port',
      `${sshd.port}`,
      '--identity',
      key,
    );
    // The dummy needs no touch, and so no time: ssh takes its question back before anybody could read it.
    const helper = join(stage.home, 'slow-helper');
    await writeFile(helper, `#!/bin/sh\nsleep 2\nexec ${realPath('ssh-sk-helper')} "$@"\n`, { mode: 0o755 });
    const slow = { ...stage, env: { ...stage.env, SSH_SK_HELPER: helper } };
    const dialog = startDialog(slow, [
      ...args,
      '--ssh-option',
      `SecurityKeyProvider=${realPath('sk-dummy.so')}`,
    ]);
    const shown = await dialog.over;
    expect(shown).toMatch(
      /ssh \(127\.0\.0\.1:\d+\) says:\nConfirm user presence for key ED25519-SK SHA256:\S+$/m,
    );
    expect(shown).toContain('code=0\n');
  });

  it('whose key file has a passphrase asks for that first', async () => {
    const locked = await lockKey({ ...sshd, identity: key }, 'id_sk_locked', PASSWORD);
    const stage = await openStage();
    const args = await throughTo(sshd, '--host', '127.0.0.1', '--ssh-port', `${sshd.port}`);
    const dialog = startDialog(stage, [
      ...args,
      ...['--identity', locked, '--ssh-option', `SecurityKeyProvider=${realPath('sk-dummy.so')}`],
    ]);
    await dialog.answer('Enter passphrase for key', `${PASSWORD}\n`);
    expect(await dialog.over).toContain('code=0\n');
  });
});
