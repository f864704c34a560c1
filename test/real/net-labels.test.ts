import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { exchange } from './support/clients.ts';
import { onlyPid, pidsOf, processesOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage, runtimeFiles, throughSsh } from './support/stage.ts';

describeReal('labels', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  it.concurrent('that two ask for at once go to one of them, and the other says that it was up already', async (t) => {
    const stage = await openStage(t);
    const args = throughSsh(sshd, `echo=${await freePort()}:127.0.0.1:${echo.port}`);
    const both = await Promise.all([stage.net(args), stage.net(args)]);
    expect(both.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(['0 ', '0 ']);
    const [first, second] = both.map(({ stdout }) => stdout).sort();
    expect(`${first}${second}`).toMatch(/staging is up \([\d.]+ s\)\./);
    expect(`${first}${second}`).toContain('staging was up already, nothing changed.');
    expect(await pidsOf(stage, 'supervisor')).toHaveLength(1);
    expect(await pidsOf(stage, 'ssh')).toHaveLength(1);
    expect(await stage.records()).toHaveLength(1);
  });

  it.concurrent('that are live with another plan are refused with the difference, and nothing changes', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    expect(await stage.net(throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`))).toMatchObject({
      code: 0,
    });
    const [before, supervisor] = [await stage.records(), await onlyPid(stage, 'supervisor')];

    const other = throughSsh(sshd, `echo=${port}:127.0.0.1:1`, `more=127.0.0.1:${echo.port}`);
    const refused = await stage.net([...other, '--hold', '5s']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^error: label "staging" is up with another plan: .*\[label-in-use\]$/m);
    expect(refused.stderr).toContain('--hold: 30s -> 5s');
    expect(refused.stderr).toContain(`127.0.0.1:${echo.port} (tcp) -> `);
    expect(refused.stderr).toContain(`--forward more: - -> 127.0.0.1:${echo.port} (tcp)`);
    expect(errorOf(await stage.net([...other, '--json']))).toMatchObject({
      code: 'label-in-use',
      exitCode: 2,
      details: { differences: expect.arrayContaining([expect.objectContaining({ what: '--forward more' })]) },
    });
    expect(await stage.records()).toEqual(before);
    expect(await onlyPid(stage, 'supervisor')).toBe(supervisor);
    expect(await exchange(port, 'still there')).toMatchObject({ outcome: 'ended' });
  });

  it('come up twenty at once, each with a port of its own, and all go down together', async (t) => {
    const stage = await openStage(t);
    const labels = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const ups = await Promise.all(
      labels.map((label) =>
        stage.net([...directly(`echo=127.0.0.1:${echo.port}`), '--label', label, '--timeout', '1m']),
      ),
    );
    expect(ups.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([]);
    const records = await stage.records();
    expect(records.map(({ label }) => label).sort()).toEqual([...labels].sort());
    const ports = records.map(({ forwards }) => forwards[0]?.localPort ?? 0);
    expect(new Set(ports).size).toBe(20);
    const answers = await Promise.all(ports.map((port) => exchange(port, String(port))));
    expect(answers.map(({ received }) => Number(received))).toEqual(ports);
    expect(await stage.status()).toMatchObject({ code: 0 });

    const down = await stage.net(['down', '--all']);
    expect(down.code).toBe(0);
    expect(down.stdout.trim().split('\n')).toHaveLength(20);
    expect(await stage.records()).toEqual([]);
    expect(await processesOf(stage)).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
  });
});
