import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type ProbeKind, probeService } from '../../../../src/ops/net/probe.ts';
import { startPrefect } from '../../../../src/rehearsal/prefect.ts';
import { freePort } from '../../../support/ports.ts';
import { endProcess } from '../../../support/processes.ts';
import { describeReal, realPath } from '../../../support/real.ts';
import { type Sshd, startSshd } from '../../../support/sshd.ts';

describeReal('a probe through ssh', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  /** Probes a port of the far side through `ssh -L` on a unix socket, as a session does. */
  const probeBehind = async (kind: ProbeKind, port: number) => {
    const path = join(sshd.folder, `${port}.sock`);
    const forward = `${path}:127.0.0.1:${port}`;
    const ssh = spawn(realPath('ssh'), ['-F', sshd.configFile, '-N', '-L', forward, sshd.alias], {
      stdio: 'ignore',
    });
    onTestFinished(() => endProcess(ssh));
    const dial = () =>
      new Promise<Duplex>((resolve, reject) => {
        const socket = connect({ path, allowHalfOpen: true });
        socket.once('error', reject);
        socket.once('connect', () => resolve(socket));
      });
    await expect
      .poll(
        () =>
          dial().then(
            (stream) => stream.destroy().destroyed,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    const limits = { deadlineMs: 10_000, signal: new AbortController().signal };
    return probeService(
      { monotonic: () => performance.now() },
      { kind, local: '127.0.0.1:4200', dial },
      limits,
    );
  };

  it('finds the service', async () => {
    const prefect = await startPrefect({ version: '3.4.11', uiApiUrl: 'http://127.0.0.1:4200/api' });
    onTestFinished(prefect.close);
    expect(await probeBehind('prefect', prefect.port)).toMatchObject({
      outcome: 'ok',
      service: 'Prefect 3.4.11',
      warnings: [],
    });
  });

  it.each(['prefect', 'tcp'] as const)('sees as %s that nothing listens on the far side', async (kind) => {
    const probed = await probeBehind(kind, await freePort());
    expect(probed.outcome).toBe('failed');
    expect(probed.reason).toContain('nothing listens behind the tunnel');
  });
});
