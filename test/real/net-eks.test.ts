import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { openEksStage } from './support/eks-stage.ts';
import { reboot } from './support/reboot.ts';
import { throughSsh } from './support/stage.ts';

/** An AWS that nobody answers for. */
const GONE = { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' } };
const VERSION = { major: '1', minor: '33' };

describeReal('the forward to a cluster through ssh', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => sshd?.stop());

  it('is looked up once, and needs no AWS afterwards', async (t) => {
    const stage = await openEksStage(t);
    const { host } = new URL(stage.cloud.kubernetes.endpoint);
    const way = throughSsh(sshd).slice(1);
    const up = await stage.net(stage.up(...way));
    expect(up.code, up.stderr).toBe(0);
    expect(up.stdout).toMatch(
      new RegExp(
        [
          `^eks +127\\.0\\.0\\.1:${stage.port} +${host} +ready +TLS name verified, \\d+ ms$`,
          `^use +https://127\\.0\\.0\\.1:${stage.port} with tls-server-name localhost$`,
        ].join('\n'),
        'm',
      ),
    );
    expect(await stage.askVersion()).toMatchObject(VERSION);
    expect(stage.cloud.aws.calls().map(({ action }) => action)).toEqual(['DescribeCluster']);

    const again = await stage.net(stage.up(...way), GONE);
    expect(again, again.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('was up already') });
    await reboot(stage);
    const back = await stage.net(['up', '--resume'], GONE);
    expect(back, back.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('TLS name verified'),
    });
    expect(await stage.askVersion()).toMatchObject(VERSION);
  });
});
