import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type CheckStage, openCheckStage } from './stage.ts';
import { CLUSTER, linkOf } from './support.ts';

/** Writes a kubeconfig file that leads to the cluster, with this in place of some of it. */
async function write(
  stage: CheckStage,
  own: { server?: string; name?: string; cluster?: string; current?: string } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'hp-kube-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'config');
  const { endpoint, ca } = stage.kubernetes;
  const document = {
    'current-context': own.current ?? 'staging',
    contexts: [{ name: 'staging', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          server: own.server ?? endpoint,
          'tls-server-name': own.name,
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
        },
      },
    ],
    users: [
      {
        name: 'u',
        user: {
          exec: { command: 'aws', args: ['eks', 'get-token', '--cluster-name', own.cluster ?? CLUSTER] },
        },
      },
    ],
  };
  await writeFile(file, JSON.stringify(document));
  return file;
}

it('agrees with the cluster, whatever stands beside it', async () => {
  const stage = await openCheckStage();
  const kubeconfig = await write(stage);
  expect(linkOf(await stage.check({ kubeconfig }), 'kubeconfig')).toMatchObject({
    state: 'ok',
    saw: `context staging of ${kubeconfig} agrees`,
  });
});

it('says what differs, and what mends it', async () => {
  const stage = await openCheckStage();
  const kubeconfig = await write(stage, { cluster: 'prod', current: 'other' });
  expect(linkOf(await stage.check({ kubeconfig }), 'kubeconfig')).toMatchObject({
    state: 'failed',
    code: 'kubeconfig-differs',
    saw: `context staging of ${kubeconfig} leads elsewhere: 1 difference`,
    evidence: [
      ['differs', 'cluster of the exec block is prod, not hotpass-staging'],
      ['note', 'current-context is another one, other'],
    ],
    next: `aws eks update-kubeconfig --name hotpass-staging --region eu-west-1 --kubeconfig ${kubeconfig}`,
  });
});

it('asks for the session where an entry is for a forward that is down', async () => {
  const stage = await openCheckStage();
  const name = new URL(stage.kubernetes.endpoint).hostname;
  const kubeconfig = await write(stage, { server: 'https://127.0.0.1:6443', name });
  expect(linkOf(await stage.check({ kubeconfig }), 'kubeconfig')).toMatchObject({
    code: 'kubeconfig-differs',
    evidence: [['differs', 'server is 127.0.0.1:6443, and no forward is up there']],
    next: 'hotpass net up staging',
  });
});

it('takes the context that config names, also one that leads elsewhere', async () => {
  const stage = await openCheckStage();
  const kubeconfig = await write(stage, { server: 'https://elsewhere.example' });
  expect(linkOf(await stage.check({ kubeconfig }), 'kubeconfig').state).toBe('skipped');
  expect(linkOf(await stage.check({ kubeconfig, context: 'staging' }), 'kubeconfig').state).toBe('failed');
  expect(linkOf(await stage.check({ kubeconfig, context: 'prod' }), 'kubeconfig')).toMatchObject({
    state: 'skipped',
    saw: `there is no context prod (${kubeconfig})`,
    evidence: [
      ['to add it', 'aws eks update-kubeconfig --name hotpass-staging --region eu-west-1 --alias prod'],
    ],
  });
});

it('tells a file that is none', async () => {
  const stage = await openCheckStage();
  const kubeconfig = await write(stage);
  await writeFile(kubeconfig, 'contexts: [');
  expect(linkOf(await stage.check({ kubeconfig }), 'kubeconfig')).toMatchObject({
    state: 'failed',
    code: 'kubeconfig-invalid',
  });
});

it('needs the cluster', async () => {
  const stage = await openCheckStage();
  const kubeconfig = await write(stage);
  stage.aws.setForbidden('eks:DescribeCluster', true);
  const result = await stage.check({ kubeconfig });
  expect(linkOf(result, 'cluster')).toMatchObject({ state: 'failed', code: 'access-denied' });
  expect(linkOf(result, 'kubeconfig')).toMatchObject({ state: 'skipped', saw: 'needs: cluster' });
});
