import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, startEcho } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { testClients } from './support/client-suite.ts';
import { exchange } from './support/clients.ts';
import { eventually } from './support/sandbox-processes.ts';
import { openStage, throughSsh } from './support/stage.ts';

describeReal('clients', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  describe('of a tunnel through ssh', () => {
    testClients((forward) => throughSsh(sshd, forward));
  });

  it('that are held longer than --hold are reset, counted and told; not left hanging', async () => {
    const stage = await openStage();
    const echo = await startEcho();
    const port = await freePort();
    const forward = `svc=${port}:127.0.0.1:${echo.port}`;
    expect(await stage.net([...throughSsh(sshd, forward), '--hold', '1s'])).toMatchObject({ code: 0 });
    await sshd.halt();
    onTestFinished(() => sshd.restart());
    await eventually('the loss', async () => (await stage.status()).sessions[0]?.state === 'reconnecting');
    const began = Date.now();
    const held = exchange(port, 'anybody there?');
    await eventually(
      'the hold',
      async () => (await stage.status()).sessions[0]?.forwards[0]?.traffic?.held === 1,
    );
    expect((await held).outcome).toBe('ECONNRESET');
    expect(Date.now() - began).toBeGreaterThan(900);
    expect(Date.now() - began).toBeLessThan(3_000);
    const { sessions } = await stage.status();
    expect(sessions[0]?.forwards[0]?.traffic).toMatchObject({ held: 0, refused: 1, active: 0 });
    expect((await stage.net(['logs'])).stdout).toContain(
      'svc: client refused: no way to the far side within 1 s',
    );
    await echo.close();
  });
});
