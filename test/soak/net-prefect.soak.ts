import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { processesOf } from '../real/support/sandbox-processes.ts';
import { openStage, runtimeFiles, throughSsh } from '../real/support/stage.ts';
import { freePort, isPortOpen } from '../support/ports.ts';
import { type RealPrefect, startRealPrefect } from '../support/prefect.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

describeReal('a tunnel to a real Prefect server over a real sshd', ['sshd', 'ssh', 'prefect'], () => {
  let sshd: Sshd;
  let prefect: RealPrefect;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    // Its web UI calls the API where a person's browser will find it: at the local end of the tunnel.
    const uiApiUrl = `http://127.0.0.1:${port}/api`;
    [sshd, prefect] = await Promise.all([startSshd(), startRealPrefect({ uiApiUrl })]);
  }, 180_000);
  afterAll(async () => {
    await sshd?.stop();
    await prefect?.stop();
  });

  const askVersion = async (address: string): Promise<string> => {
    const response = await fetch(`http://${address}:${port}/api/admin/version`, {
      headers: { connection: 'close' },
    });
    return `${response.status} ${await response.text()}`;
  };

  it('opens, works, is looked at, is asked for twice, and goes without a trace', async () => {
    const stage = await openStage();
    const args = throughSsh(sshd, `prefect=${port}:127.0.0.1:${prefect.port}`);
    // Its first answer of each kind takes long, and a probe goes without the version rather than wait.
    for (const path of ['api/admin/version', 'ui-settings']) {
      await (await fetch(`http://127.0.0.1:${prefect.port}/${path}`)).text();
    }

    const up = await stage.net(args);
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout.replaceAll(/\d+ ms|\d\.\d s|\b\d{5}\b|3\.\d+\.\d+/g, 'N')).toBe(
      [
        'through   ssh to bastion',
        `FORWARD   LOCAL             REMOTE            STATE   SERVICE`,
        'prefect   127.0.0.1:N   127.0.0.1:N   ready   Prefect N, N',
        'use       export PREFECT_API_URL=http://127.0.0.1:N/api',
        'staging is up (N). End: hotpass net down staging',
        '',
      ].join('\n'),
    );

    const direct = await fetch(`${prefect.url}/api/admin/version`);
    const version = `200 ${await direct.text()}`;
    expect(await askVersion('127.0.0.1')).toBe(version);
    expect(await askVersion('[::1]')).toBe(version);

    const asked = Date.now();
    const status = await stage.status();
    expect(status).toMatchObject({ code: 0, sessions: [{ label: 'staging', state: 'ready', breaks: [] }] });
    const [forward] = status.sessions[0]?.forwards ?? [];
    expect(forward).toMatchObject({
      name: 'prefect',
      local: [`127.0.0.1:${port}`, `[::1]:${port}`],
      remote: `127.0.0.1:${prefect.port}`,
      url: `http://127.0.0.1:${port}`,
      layers: {
        port: { state: 'ok', how: 'listening' },
        transport: { state: 'ok', how: expect.stringMatching(/^ssh pid \d+, keepalive every 5 s$/) },
        service: { state: 'ok', how: expect.stringMatching(/^Prefect 3\./), ms: expect.any(Number) },
      },
      traffic: { active: 0, held: 0, refused: 0 },
      warnings: [],
    });
    for (const layer of Object.values(forward?.layers ?? {})) {
      const checked = Date.parse(layer.checkedAt ?? '');
      expect(asked - checked).toBeLessThan(2_000);
      expect(checked).toBeLessThanOrEqual(Date.now());
    }

    const before = { records: await stage.records(), processes: await processesOf(stage) };
    const again = await stage.net(args);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('staging was up already, nothing changed.');
    expect(await stage.records()).toEqual(before.records);
    expect((await processesOf(stage)).map(({ pid }) => pid)).toEqual(before.processes.map(({ pid }) => pid));

    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging is down\n', stderr: '' });
    expect(await processesOf(stage)).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
    expect(await readdir(stage.state)).not.toContain('net.json');
    for (const host of ['127.0.0.1', '::1']) expect(await isPortOpen(port, host)).toBe(false);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'nothing to stop\n' });
    expect(await sshd.sessionPids()).toEqual([]);
  });

  it('warns when the web UI of the server will call another address than the tunnel', async () => {
    const stage = await openStage();
    const other = await freePort();
    const up = await stage.net(throughSsh(sshd, `prefect=${other}:127.0.0.1:${prefect.port}`));
    expect(up.code).toBe(0);
    expect(up.stderr).toMatch(new RegExp(`^warning: .*127\\.0\\.0\\.1:${port}`, 'm'));
    expect((await stage.status()).sessions[0]?.forwards[0]?.warnings).toHaveLength(1);
  });
});
