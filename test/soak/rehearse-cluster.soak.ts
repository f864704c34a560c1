import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { openStage, type Stage } from '../real/support/stage.ts';
import { describeReal, realPath } from '../support/real.ts';

const run = promisify(execFile);

/** Opens a stage with a rehearsal whose session is up; gives what a shell in it has. */
async function openCluster(): Promise<{ stage: Stage; env: NodeJS.ProcessEnv }> {
  const stage = await openStage();
  onTestFinished(async () => {
    await stage.hotpass(['rehearse', '--end']);
  });
  const { stdout } = await stage.hotpass(['rehearse', '--keep', '--json']);
  const env = { ...stage.env, ...JSON.parse(stdout).environment };
  expect(await stage.hotpass(['net', 'up'], { env })).toMatchObject({ code: 0 });
  return { stage, env };
}

it('is checked link by link, and the first that breaks is named', async () => {
  const { stage, env } = await openCluster();
  const check = async () => {
    const { code, stdout } = await stage.hotpass(['aws', 'check', '--verify-oidc', '--json'], { env });
    const { links } = JSON.parse(stdout);
    return { code, links: links.map(({ id, state }: { id: string; state: string }) => `${id} ${state}`) };
  };
  const before = await check();
  expect(before.code).toBe(0);
  expect(before.links.filter((link: string) => !link.endsWith(' ok'))).toEqual([]);
  await stage.hotpass(['rehearse', '--fault', 'forget']);
  const after = await check();
  expect(after.code).toBe(1);
  expect(after.links).toEqual(expect.arrayContaining(['endpoint ok', 'token failed', 'review skipped']));
});

describeReal('kubectl in the shell of a rehearsal', ['kubectl'], () => {
  it('reaches the cluster through the forward, as who one is there, until it is forgotten', async () => {
    const { stage, env } = await openCluster();
    const kubectl = async (...args: readonly string[]) => {
      const ended = await run(realPath('kubectl'), ['--cache-dir', `${stage.project}/cache`, ...args], {
        env,
      }).catch((error: { stdout: string; stderr: string }) => error);
      return ended.stdout + ended.stderr;
    };
    expect(JSON.parse(await kubectl('get', '--raw', '/version'))).toMatchObject({ minor: '33' });
    expect(await kubectl('auth', 'can-i', 'create', 'pods')).toBe('yes\n');
    expect(await kubectl('auth', 'can-i', 'create', 'pods', '-n', 'default')).toBe('no\n');
    expect(await kubectl('get', 'serviceaccounts')).toMatch(/^etl /m);
    await stage.hotpass(['rehearse', '--fault', 'forget']);
    expect(await kubectl('get', 'serviceaccounts')).toContain('You must be logged in to the server');
  });
});

describeReal("AWS's own tools in the shell of a rehearsal", ['aws', 'kubectl'], () => {
  it('describe the cluster and get tokens that it takes', async () => {
    const { stage, env } = await openCluster();
    const { clusters } = JSON.parse(await readFile(env.KUBECONFIG ?? '', 'utf8'));
    const { server, 'tls-server-name': name } = clusters[0].cluster;
    const file = join(stage.project, 'kubeconfig');
    const inside = { ...env, PATH: `${dirname(realPath('aws'))}:${env.PATH}` };
    await run(
      realPath('aws'),
      ['eks', 'update-kubeconfig', '--name', 'hotpass-staging', '--kubeconfig', file],
      {
        env: inside,
      },
    );
    const { stdout } = await run(
      realPath('kubectl'),
      ['--kubeconfig', file, '--server', server, '--tls-server-name', name, 'get', '--raw', '/version'],
      { env: inside },
    );
    expect(JSON.parse(stdout)).toMatchObject({ minor: '33' });
  });
});
