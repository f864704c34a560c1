import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from '../real/support/run-program.ts';
import { builtProgram, createSandbox, type Sandbox } from '../support/hotpass.ts';

const ARGV = [process.execPath, builtProgram, 'aws', 'token', '--eks-cluster', 'east'];
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example', AWS_REGION: 'eu-west-1' };

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.remove());

/** Runs `aws token` at the end of a shell script, in which `"$@"` is its command line. */
function run(script: string) {
  return runProgram(['sh', '-c', script, 'sh'], ARGV, { ...sandbox, env: { ...sandbox.env, ...KEYS } });
}

it.each([
  ['stdin is closed', 'exec "$@" <&-', true],
  ['stderr is closed', 'exec "$@" 2>&-', true],
  ['the folder one stands in is gone', 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', true],
  ['config and .env of the folder are broken', 'echo "{" >hotpass.yaml; echo "{" >.env; exec "$@"', true],
  ['there is no home', 'unset HOME; exec "$@"', false],
  ['nothing can be kept', 'XDG_STATE_HOME=/proc/nothing exec "$@"', false],
])('gives a token where %s', async (_, script, isKept) => {
  const [first, second] = [await run(script), await run(script)];
  for (const ended of [first, second]) {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^\{"kind":"ExecCredential",.*"token":"k8s-aws-v1\.[\w-]+"\}\}\n$/);
  }
  if (isKept) expect(second.stdout).toBe(first.stdout);
});

it('fails where stdout cannot be written, also with a token that was kept', async () => {
  for (const _ of ['new', 'kept']) {
    const { code, stderr } = await run('exec "$@" >/dev/full');
    expect(code).toBe(1);
    expect(stderr).toContain('[output-failed]');
  }
});
