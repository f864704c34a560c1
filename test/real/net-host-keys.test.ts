import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { expectNothingLeft, tellRefusals } from './support/refusals.ts';
import { openStage, throughSsh } from './support/stage.ts';

describeReal('net up never accepts a host key silently', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  beforeEach(async () => {
    sshd = await startSshd();
  });
  afterEach(() => sshd?.stop());

  /** Tells a refused `net up`, and fails when the server let somebody in or known_hosts was touched. */
  const refuse = async (knownHosts: string, ...more: string[]): Promise<string> => {
    await writeFile(sshd.knownHosts, knownHosts);
    const stage = await openStage();
    const up = [...throughSsh(sshd, `x=${await freePort()}:localhost:1`), ...more];
    const told = await tellRefusals(stage, { up }, (text) =>
      text.replaceAll(sshd.folder, 'CLIENT').replaceAll(/SHA256:[\w+/]{43}/g, 'FINGERPRINT'),
    );
    await expectNothingLeft(stage);
    expect(await readFile(sshd.knownHosts, 'utf8')).toBe(knownHosts);
    return told;
  };

  it('that is unknown', async () => {
    expect(await refuse('')).toMatchInlineSnapshot(`
      "up (exit 1)
      error: the host key of bastion is in no known_hosts file  [host-key-unknown]
        next    compare and accept it once by hand: ssh -F CLIENT/ssh_config bastion"
    `);
    expect(await sshd.log()).not.toContain('Accepted');
  });

  it('that has changed, and names file and line', async () => {
    expect(await refuse(`# ours\n\n${sshd.wrongHostKeyLine}`)).toMatchInlineSnapshot(`
      "up (exit 1)
      error: the host key of bastion differs from CLIENT/known_hosts:3 (ED25519); it shows FINGERPRINT  [host-key-changed]
        next    ask who runs that server whether its key was changed; only then remove that line"
    `);
    expect(await sshd.log()).not.toContain('Accepted');
  });

  it('that has changed, even where ssh_config does not check', async () => {
    const told = await refuse(sshd.wrongHostKeyLine, '--ssh-option', 'StrictHostKeyChecking=no');
    expect(told).toContain('differs from CLIENT/known_hosts:1 (ED25519)');
    expect(told).toContain('[host-key-changed]');
  });

  it('that is revoked', async () => {
    expect(await refuse(`@revoked ${sshd.hostKeyLine}`)).toMatchInlineSnapshot(`
      "up (exit 1)
      error: the host key of bastion is marked as revoked in known_hosts  [host-key-revoked]
        next    do not log in there; ask who runs that server for its new key"
    `);
    expect(await sshd.log()).not.toContain('Accepted');
  });

  it('of a jump host, and names that', async () => {
    const inner = await startSshd({ alias: 'inner', joins: sshd });
    try {
      await writeFile(sshd.knownHosts, inner.hostKeyLine);
      const stage = await openStage();
      const args = [...throughSsh(inner, `x=${await freePort()}:localhost:1`), '--jump', 'bastion'];
      expect(await tellRefusals(stage, { up: args })).toContain('the host key of jump host bastion is in no');
      await expectNothingLeft(stage);
    } finally {
      await inner.stop();
    }
  });

  it('that ssh_config tells to accept: it says so, and keeps it', async () => {
    await writeFile(sshd.knownHosts, '');
    const stage = await openStage();
    const port = await freePort();
    const { code, stderr } = await stage.net([
      ...throughSsh(sshd, `x=${port}:127.0.0.1:${sshd.port}`),
      '--ssh-option',
      'StrictHostKeyChecking=accept-new',
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: Warning: Permanently added '\[127\.0\.0\.1\]:\d+' \(ED25519\)/m);
    expect(await readFile(sshd.knownHosts, 'utf8')).toContain(sshd.hostKeyLine.trim());
  });
});
