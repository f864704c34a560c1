import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { openStage, throughSsh } from './support/stage.ts';

describeReal('net up tells why the far side does not forward', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  const refuse = async (through: Sshd, far: string) => {
    const stage = await openStage();
    const up = await stage.net(throughSsh(through, `x=${await freePort()}:${far}`));
    expect(up.code).toBe(1);
    const { sessions } = await stage.status();
    expect(sessions).toMatchObject([
      {
        state: 'degraded',
        forwards: [{ layers: { transport: { state: 'ok' }, service: { state: 'failed' } } }],
      },
    ]);
    return { stderr: up.stderr, how: sessions[0]?.forwards[0]?.layers.service.how };
  };

  it.each([
    ['AllowTcpForwarding no', { alias: 'strict', allowTcpForwarding: 'no' as const }],
    ['PermitOpen of something else', { alias: 'picky', permitOpen: ['other.internal:1'] }],
  ])('because of %s', async (_, settings) => {
    const strict = await startSshd({ joins: sshd, ...settings });
    try {
      const { stderr, how } = await refuse(strict, `127.0.0.1:${echo.port}`);
      expect(stderr).toContain('the bastion forbids it (AllowTcpForwarding or PermitOpen of its sshd)');
      expect(stderr).toContain('[service-not-answering]\n  state   the tunnel itself works and stays up\n');
      expect(how).toContain('the bastion forbids it');
    } finally {
      await strict.stop();
    }
  });

  it('because nothing listens there, or it has no address there', async () => {
    const closed = await refuse(sshd, `127.0.0.1:${await freePort()}`);
    expect(closed.stderr).toContain('seen from the bastion: connection refused');
    expect(closed.how).toContain('connection refused');
    const nowhere = await refuse(sshd, 'no-such-host.invalid:1');
    expect(nowhere.stderr).toMatch(
      /seen from the bastion: (?:name or service not known|temporary failure|unknown)/,
    );
  });
});
