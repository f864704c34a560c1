import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONFIG, SSO } from '../ops/aws/login/login-stage.ts';
import { openStage } from '../real/support/stage.ts';
import { startFarAws } from '../support/aws-far-side.ts';

const BROWSER = `#!${process.execPath}\nfetch(process.argv[2]).then((answer) => answer.text()).catch(() => process.exit(1));\n`;

it('keeps a token of a login, through its renewal, until the logout', async () => {
  const aws = await startFarAws({ account: { sso: SSO } });
  const stage = await openStage();
  await mkdir(join(stage.home, '.aws'));
  await writeFile(join(stage.home, '.aws/config'), CONFIG);
  const browser = join(stage.root, 'browser');
  await writeFile(browser, BROWSER, { mode: 0o755 });
  const env = { AWS_ENDPOINT_URL: aws.url, SSH_CONNECTION: '', BROWSER: browser };
  const hotpass = (...args: string[]) => stage.hotpass([...args, '--profile', 'x'], { env });
  const token = () => hotpass('aws', 'token', '--eks-cluster', 'east');
  const asked = () => aws.calls().length;

  expect((await hotpass('aws', 'login')).code).toBe(0);
  const first = await token();
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const calls = asked();
  expect((await token()).stdout).toBe(first.stdout);
  expect(asked()).toBe(calls);

  // Near its end the SDK renews a login, and writes that into the file that is watched.
  const cache = join(stage.home, '.aws/sso/cache');
  const soon = new Date(Date.now() + 120_000).toISOString();
  for (const name of await readdir(cache)) {
    const text = await readFile(join(cache, name), 'utf8');
    await writeFile(join(cache, name), text.replace(/("expiresAt":\s*)"[^"]*"/, `$1"${soon}"`));
  }
  const renewing = await token();
  const texts = await Promise.all((await readdir(cache)).map((name) => readFile(join(cache, name), 'utf8')));
  expect(texts.some((text) => /"accessToken"/.test(text) && !text.includes(soon))).toBe(true);
  expect(asked()).toBeGreaterThan(calls);
  const renewed = await token();
  expect((await token()).stdout).toBe(renewed.stdout);
  expect([renewing.code, renewed.code]).toEqual([0, 0]);

  await rm(cache, { recursive: true });
  expect(await token()).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('[sso-expired]'),
  });
});
