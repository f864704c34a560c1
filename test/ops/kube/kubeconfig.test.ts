import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readKubeconfig } from '../../../src/ops/kube/kubeconfig.ts';

async function files(...texts: readonly string[]): Promise<{ paths: string; names: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'hp-kube-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const names = texts.map((_, index) => join(folder, `config-${index}`));
  await Promise.all(names.map((name, index) => writeFile(name, texts[index] ?? '')));
  return { paths: names.join(delimiter), names };
}

it('takes of each name the first that a file has, and resolves files beside the file', async () => {
  const { paths, names } = await files(
    'contexts: [{ name: a, context: { cluster: c, user: u } }]\nclusters: []\n',
    [
      'current-context: b',
      'contexts: [{ name: a, context: { cluster: other } }, { name: b, context: { cluster: c } }]',
      'clusters: [{ name: c, cluster: { server: https://x, certificate-authority: ca.pem, tls-server-name: y } }]',
      'users: [{ name: u, user: { exec: { command: aws, args: [eks], env: [{ name: AWS_PROFILE, value: p }] } } }]',
    ].join('\n'),
  );
  await writeFile(names[1]?.replace('config-1', 'ca.pem') ?? '', 'PEM');
  const { contexts, currentContext } = await readKubeconfig(`${paths}${delimiter}/nowhere/at/all`);
  expect(currentContext).toBe('b');
  expect(contexts).toMatchObject([
    {
      name: 'a',
      file: names[0],
      server: 'https://x',
      tlsServerName: 'y',
      ca: 'PEM',
      isInsecure: false,
      exec: { command: 'aws', args: ['eks'], env: { AWS_PROFILE: 'p' } },
    },
    { name: 'b', file: names[1], exec: undefined },
  ]);
});

it('has nothing where no file is, or an empty one', async () => {
  expect(await readKubeconfig('/nowhere/config')).toEqual({
    files: [],
    currentContext: undefined,
    contexts: [],
  });
  const { paths } = await files('');
  expect((await readKubeconfig(paths)).contexts).toEqual([]);
});

it.each(['a: [', '- a list', 'just text', '{ "a": "secret-token"'])(
  'refuses %j, and quotes nothing',
  async (text) => {
    const { paths } = await files(text);
    const error: unknown = await readKubeconfig(paths).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'kubeconfig-invalid', exitCode: 2 });
    expect(String(error)).not.toContain('secret-token');
  },
);

it('says that a folder is no file', async () => {
  await expect(readKubeconfig(tmpdir())).rejects.toMatchObject({ message: `${tmpdir()} cannot be read` });
});
