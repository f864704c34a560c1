import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startToken } from '../../../src/commands/aws/token-start.ts';
import { keepToken } from '../../../src/state/keep-token.ts';
import { tokenFile } from '../../../src/state/token-cache.ts';
import { userDirs } from '../../../src/state/user-dirs.ts';
import { createSandbox, type Sandbox } from '../../support/hotpass.ts';

const line = ['--eks-cluster', 'east', '--region=eu-west-1'];

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
  await mkdir(join(sandbox.home, '.aws'));
  const keys = '[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n';
  await writeFile(join(sandbox.home, '.aws/credentials'), keys);
});
afterEach(() => sandbox.remove());

function start(args: readonly string[], env: Record<string, string> = {}): string | undefined {
  const getuid = () => process.getuid?.() ?? -1;
  return startToken(args, { env: { ...sandbox.env, ...env }, getuid }, new Date());
}

async function keepOne(): Promise<void> {
  const now = Date.now();
  const uid = process.getuid?.() ?? -1;
  const wish = { cluster: 'east', region: 'eu-west-1' };
  const file = tokenFile({ env: sandbox.env, uid, now: new Date(now) }, wish) ?? '';
  const watched = [[join(sandbox.home, '.aws/config'), 'absent']] as const;
  await keepToken(file, uid, { token: 'k8s-aws-v1.kept', madeAt: now, expiresAt: now + 840_000, watched });
}

it('prints what the program prints, byte by byte', async () => {
  const made = await sandbox.hotpass(['aws', 'token', ...line]);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const env = { KUBERNETES_EXEC_INFO: '{"apiVersion":"client.authentication.k8s.io/v1"}' };
  // An option in front of the verb goes to the program itself.
  const byProgram = await sandbox.hotpass(['--no-color', 'aws', 'token', ...line], { env });
  const byStart = await sandbox.hotpass(['aws', 'token', ...line], { env });
  expect(byStart).toEqual(byProgram);
  expect(start(line, env)).toBe(byProgram.stdout);
  expect(start(line)).toBe(made.stdout);
  expect(byProgram.stdout).toBe(made.stdout.replace('/v1beta1', '/v1'));
  expect(start(['--cluster', 'east', '--region', 'eu-west-1'])).toBe(made.stdout);
});

it.each([
  ['nothing was kept', ['--eks-cluster', 'west', '--region=eu-west-1'], {}],
  ['no cluster is named', ['--region=eu-west-1'], {}],
  ['another option is given', [...line, '--no-cache'], {}],
  ['a word stands alone', [...line, 'staging'], {}],
  ['help is wanted', [...line, '--help'], {}],
  ['an option is given twice', [...line, '--cluster', 'east'], {}],
  ['a value is missing', [...line, '--profile'], {}],
  ['a value is empty', [...line, '--profile='], {}],
  ['a value looks like an option', ['--eks-cluster', '--region=eu-west-1'], {}],
  ['a name is of no option', [...line, '__proto__', 'east'], {}],
  ['the question is odd', line, { KUBERNETES_EXEC_INFO: '{' }],
  ['a variable of AWS differs', line, { AWS_PROFILE: 'default' }],
])('leaves it to the program where %s', async (_, args, env) => {
  await keepOne();
  expect(start(line)).toContain('k8s-aws-v1.kept');
  expect(start(args, env)).toBeUndefined();
});

it("keeps its files in the user's own folder for private state", async () => {
  const { env, home } = sandbox;
  for (const one of [env, { HOME: home }, { HOME: home, XDG_STATE_HOME: 'relative' }]) {
    const file = tokenFile({ env: one, uid: 1, now: new Date() }, { cluster: 'east' });
    const folder = userDirs({ env: one, home, uid: 1, platform: 'linux' }).privateState;
    expect(file).toMatch(new RegExp(`^${folder}/eks-tokens/[0-9a-f]{64}.json$`));
  }
  expect(await readdir(env.XDG_STATE_HOME ?? '')).toEqual([]);
});
