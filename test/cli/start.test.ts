import { spawn } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { startFarAws } from '../support/aws-far-side.ts';
import { builtProgram, createSandbox, type Sandbox } from '../support/hotpass.ts';
import { freePort, startEcho } from '../support/ports.ts';

const MOST_BYTES = 140_000;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.remove());

/** The files of the program that one command line reads; in the names hashes are left out. */
async function filesRead(...args: string[]): Promise<string[]> {
  return (await look(args)).files;
}

/** Runs one command line, and tells which files it read. */
async function look(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const spy = join(sandbox.root, 'spy.cjs');
  await writeFile(
    spy,
    "process.on('exit', () => process.stderr.write('FILES' + JSON.stringify(Object.keys(require.cache))))",
  );
  const child = spawn(process.execPath, ['--require', spy, builtProgram, ...args], {
    env: { ...sandbox.env, ...env },
    cwd: sandbox.project,
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const files: unknown = JSON.parse(stderr.slice(stderr.indexOf('FILES') + 'FILES'.length));
  const names = Array.isArray(files) ? files.map((file) => basename(String(file))) : [];
  const own = names.filter((name) => name !== 'spy.cjs').map((name) => name.replace(/-[\w-]{8}\.js$/, '.js'));
  return { files: own, stdout };
}

// Each file costs at every start; a verb that draws in more should be a choice, not an accident.
it.each([
  [['--version'], ['bin.js', 'rolldown-runtime.js']],
  [['--help'], ['bin.js', 'rolldown-runtime.js', 'hot.js', 'help.js']],
  [
    ['net', 'status', '--json'],
    ['bin.js', 'rolldown-runtime.js', 'hot.js'],
  ],
])('reads for %j no more than it needs', async (args, files) => {
  expect((await filesRead(...args)).sort()).toEqual([...files].sort());
});

it('has no more in the file that each start reads than what that is for', async () => {
  const [hot = ''] = /hot-[\w-]{8}\.js/.exec(await readFile(builtProgram, 'utf8')) ?? [];
  const { size } = await stat(join(dirname(builtProgram), hot));
  // One static import of what opens a session, and this file is twice as big.
  expect(size).toBeLessThan(MOST_BYTES);
});

it('reads for a command on a session that is up nothing that opens one', async () => {
  const echo = await startEcho();
  onTestFinished(() => echo.close());
  const up = ['net', 'up', '--via', 'direct', '--forward', `echo=${await freePort()}:127.0.0.1:${echo.port}`];
  expect((await sandbox.hotpass(up)).code).toBe(0);
  await writeFile(join(sandbox.project, 'hotpass.yaml'), 'version: 1\ntargets: { staging: {} }\n');
  const files = await filesRead('net', 'exec', '--', 'true').finally(() => sandbox.hotpass(['net', 'down']));
  expect(files.sort()).toEqual(['bin.js', 'exec.js', 'hot.js', 'rolldown-runtime.js']);
});

it('reads for a token that was kept neither the program nor its verbs', async () => {
  await mkdir(join(sandbox.home, '.aws'));
  await writeFile(join(sandbox.home, '.aws/config'), '[default]\nregion = eu-west-1\n');
  const keys = '[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n';
  await writeFile(join(sandbox.home, '.aws/credentials'), keys);
  const line = ['aws', 'token', '--eks-cluster', 'east'];
  expect((await sandbox.hotpass(line)).code).toBe(0);
  expect((await filesRead(...line)).sort()).toEqual(['bin.js', 'rolldown-runtime.js', 'token-start.js']);
});

it('reads for the guard of a target what asks who one is, and no client of EKS or IAM', async () => {
  const aws = await startFarAws();
  await writeFile(
    join(sandbox.project, 'hotpass.yaml'),
    'version: 1\ntargets: { staging: { aws: { accounts: ["000000000000"] } } }\n',
  );
  const port = await freePort();
  const up = ['net', 'up', '--via', 'ssm', '--instance', 'i-0123456789abcdef0', '--json'];
  const { files, stdout } = await look([...up, '--forward', `x=${port}:10.0.0.7:80`], aws.env());
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'account-not-allowed' } });
  expect(aws.calls().map(({ action }) => action)).toEqual(['GetCallerIdentity']);
  expect(files).toContain('sts.js');
  for (const name of ['eks.js', 'iam.js', 'assume-role.js']) expect(files).not.toContain(name);
});
