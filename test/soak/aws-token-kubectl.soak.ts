import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DEFAULT_CALLER } from '../../src/rehearsal/aws/account.ts';
import { runProgram } from '../real/support/run-program.ts';
import { openStage, type Stage, throughSsh } from '../real/support/stage.ts';
import { FAR_CLUSTER, type FarCloud, startFarCloud } from '../support/far-cloud.ts';
import { builtProgram } from '../support/hotpass.ts';
import { freePort } from '../support/ports.ts';
import { describeReal, realPath } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

/** Where a kubeconfig leads, and what its user runs. */
interface Kubeconfig {
  readonly server: string;
  readonly serverName?: string;
  readonly apiVersion?: string;
  readonly args?: readonly string[];
}

describeReal('kubectl with our tokens', ['kubectl', 'sshd', 'ssh'], () => {
  let sshd: Sshd;
  let cloud: FarCloud;
  let stage: Stage;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());
  beforeEach(async () => {
    stage = await openStage();
    cloud = await startFarCloud({ kubernetes: { name: 'localhost' } });
  });

  const kubectl = async (config: Kubeconfig, ...args: readonly string[]) => {
    const file = join(stage.home, 'kubeconfig');
    await writeFile(file, JSON.stringify(kubeconfigOf(cloud, config)));
    return runProgram([], [realPath('kubectl'), '--kubeconfig', file, ...args], stage);
  };
  const direct = () => ({ server: `https://localhost:${cloud.kubernetes.port}` });

  it('reaches the cluster through the forward eks, with TLS verified', async () => {
    const port = await freePort();
    const up = [...throughSsh(sshd, `eks=${port}`), '--eks-cluster', FAR_CLUSTER.name];
    expect(await stage.net(up, { env: cloud.env() })).toMatchObject({ code: 0 });
    const server = `https://127.0.0.1:${port}`;
    const version = await kubectl({ server, serverName: 'localhost' }, 'get', '--raw', '/version');
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(version.stdout)).toMatchObject({ major: '1' });
    const unnamed = await kubectl({ server }, 'get', '--raw', '/version');
    expect(unnamed).toMatchObject({ code: 1, stdout: '' });
    expect(unnamed.stderr).toContain('x509');
  });

  it('is let in as who signed, the second time by the token that was kept', async () => {
    const folder = join(stage.env.XDG_STATE_HOME ?? '', 'hotpass/eks-tokens');
    const kept: string[] = [];
    for (const apiVersion of ['v1beta1', 'v1alpha1']) {
      const version = await kubectl({ ...direct(), apiVersion }, 'get', '--raw', '/version');
      expect(version).toMatchObject({ code: 0, stderr: '' });
      const names = await readdir(folder);
      kept.push(...names, await readFile(join(folder, names[0] ?? ''), 'utf8'));
    }
    expect(kept.slice(0, 2)).toEqual(kept.slice(2));
    expect(cloud.kubernetes.calls().map(({ user }) => user)).toEqual(Array(2).fill(DEFAULT_CALLER.arn));
  });

  it('says why there is no token', async () => {
    const refused = await kubectl({ ...direct(), args: ['--profile', 'nobody'] }, 'get', '--raw', '/version');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('no profile "nobody"');
    expect(refused.stderr).toContain('[profile-unknown]');
    expect(cloud.kubernetes.calls()).toEqual([]);
  });
});

/** JSON is YAML too. */
function kubeconfigOf(
  cloud: FarCloud,
  { server, serverName, apiVersion = 'v1beta1', args = [] }: Kubeconfig,
) {
  const cluster = {
    server,
    'certificate-authority-data': Buffer.from(cloud.kubernetes.ca).toString('base64'),
    ...(serverName !== undefined && { 'tls-server-name': serverName }),
  };
  const exec = {
    apiVersion: `client.authentication.k8s.io/${apiVersion}`,
    command: builtProgram,
    args: ['aws', 'token', '--eks-cluster', FAR_CLUSTER.name, ...args],
    env: Object.entries(cloud.env()).map(([name, value]) => ({ name, value })),
  };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'staging', cluster }],
    users: [{ name: 'staging', user: { exec } }],
    contexts: [{ name: 'staging', context: { cluster: 'staging', user: 'staging' } }],
    'current-context': 'staging',
  };
}
