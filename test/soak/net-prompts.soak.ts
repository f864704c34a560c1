import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { lockKey, startDialog } from '../real/support/dialog.ts';
import { expectNothingLeft } from '../real/support/refusals.ts';
import { openStage } from '../real/support/stage.ts';
import { freePort } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const PASSPHRASE = 'correct-horse-battery-staple';
const ASKS = "Enter passphrase for key '";
const GRACE_SECONDS = 12;

const pass = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

describeReal('a person who takes their time to answer', ['sshd', 'ssh', 'script'], () => {
  let sshd: Sshd;
  let inner: Sshd;
  let hasty: Sshd;
  let locked: string;
  beforeAll(async () => {
    sshd = await startSshd();
    inner = await startSshd({ alias: 'inner', joins: sshd });
    hasty = await startSshd({ alias: 'hasty', joins: sshd, settings: [`LoginGraceTime ${GRACE_SECONDS}`] });
    locked = await lockKey(sshd, 'locked', PASSPHRASE);
  });
  afterAll(async () => {
    for (const server of [hasty, inner, sshd]) await server?.stop();
  });

  const ask = async (t: TestContext, server: Sshd, ...more: string[]) => {
    const stage = await openStage(t);
    const dialog = startDialog(stage, [
      'up',
      ...['--ssh-config', sshd.configFile, '--forward', `ssh=${await freePort()}:127.0.0.1:${server.port}`],
      ...more,
    ]);
    return { stage, dialog };
  };
  const byAddress = (server: Sshd) => [
    ...['--host', '127.0.0.1', '--ssh-port', `${server.port}`],
    ...['--identity', locked],
  ];

  it.concurrent('may take longer than --timeout', { timeout: 60_000 }, async (t) => {
    const { dialog } = await ask(t, sshd, ...byAddress(sshd), '--timeout', '15s');
    await dialog.asks(ASKS);
    await pass(20);
    dialog.type(`${PASSPHRASE}\n`);
    expect(await dialog.over).toContain('code=0\n');
  });

  it.concurrent('may take longer for a jump host than ssh waits for a greeting', {
    timeout: 60_000,
  }, async (t) => {
    const stage = await openStage(t);
    const config = join(stage.home, 'ssh_config');
    const gate = [
      `Host gate\n  HostName 127.0.0.1\n  Port ${sshd.port}`,
      `  IdentityFile ${locked}\nHost *\nInclude ${sshd.configFile}\n`,
    ];
    await writeFile(config, gate.join('\n'));
    const dialog = startDialog(stage, [
      'up',
      ...['--ssh-config', config, '--host', 'inner', '--jump', 'gate'],
      ...['--forward', `ssh=${await freePort()}:127.0.0.1:${inner.port}`],
    ]);
    await dialog.asks('ssh (jump host gate) asks:');
    await dialog.asks(ASKS);
    await pass(14);
    dialog.type(`${PASSPHRASE}\n`);
    expect(await dialog.over).toContain('code=0\n');
  });

  it.concurrent('is told when that was too long for the server', { timeout: 60_000 }, async (t) => {
    const { stage, dialog } = await ask(t, hasty, ...byAddress(hasty));
    await dialog.asks(ASKS);
    await pass(GRACE_SECONDS + 4);
    dialog.type(`${PASSPHRASE}\n`);
    const shown = await dialog.over;
    expect(shown).toMatch(
      /error:.* closed the connection before the login, after 1\d s of waiting for an answer {2}\[ssh-unreachable\]/,
    );
    expect(shown).toContain('LoginGraceTime');
    await expectNothingLeft(stage);
  });
});
