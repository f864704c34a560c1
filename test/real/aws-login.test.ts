import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { startAws } from '../../src/rehearsal/aws/index.ts';
import { CONFIG, SSO } from '../ops/aws/login/login-stage.ts';
import { nextCommands, parseCommand } from '../support/next-commands.ts';
import { errorOf, openStage } from './support/stage.ts';

/** Opens a page, as a browser does, and comes back to wherever it is led. */
const BROWSER = `#!${process.execPath}\nfetch(process.argv[2]).then((answer) => answer.text()).catch(() => process.exit(1));\n`;

/** Opens a machine of somebody who has not logged in yet, with a browser that is asked for by its path. */
async function openMachine(test: TestContext) {
  const aws = await startAws({ account: { sso: SSO } });
  test.onTestFinished(aws.close);
  const stage = await openStage(test);
  await mkdir(join(stage.home, '.aws'));
  await writeFile(join(stage.home, '.aws', 'config'), CONFIG);
  const browser = join(stage.root, 'browser');
  await writeFile(browser, BROWSER, { mode: 0o755 });
  const env = { AWS_ENDPOINT_URL: aws.url, SSH_CONNECTION: '' };
  return { aws, stage, browser, env };
}

describe('aws login', () => {
  it.concurrent('logs the profile of a target in, and aws check finds who one is', async (test) => {
    const { stage, env, browser } = await openMachine(test);
    await writeFile(
      join(stage.project, 'hotpass.yaml'),
      'version: 1\ntargets: { staging: { aws: { profile: x, accounts: ["123456789012"], roles: [DataOps] } } }\n',
    );
    const login = await stage.hotpass(['aws', 'login'], { env: { ...env, BROWSER: browser } });
    expect(login).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^logged in: profile x, sso-session acme, until .*\((7 h 59|8 h 0) min\)\nNext: hotpass aws check staging\n$/,
      ),
      stderr: expect.stringMatching(/^note: to log in to https:\/\/acme.*, open http:\S+\n$/),
    });
    const { stdout } = await stage.hotpass(['aws', 'check', '--json'], { env });
    expect(JSON.parse(stdout).links.slice(0, 3)).toMatchObject([
      { id: 'credentials', state: 'ok' },
      { id: 'identity', state: 'ok' },
      { id: 'account', state: 'ok' },
    ]);
  });

  it.concurrent('gives one document with --json, without a token, and asks nobody who cannot see it', async (test) => {
    const { stage, env, browser, aws } = await openMachine(test);
    const login = ['aws', 'login', '--profile', 'x', '--json'];
    const refused = await stage.hotpass(login, { env });
    expect(refused).toMatchObject({ code: 1, stderr: '' });
    expect(errorOf(refused)).toMatchObject({ code: 'login-needed' });
    const { code, stdout, stderr } = await stage.hotpass(login, { env: { ...env, BROWSER: browser } });
    expect([code, stderr]).toEqual([0, '']);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['profile', 'session', 'startUrl', 'expiresAt']);
    aws.setLogin('declined');
    const declined = await stage.hotpass(['aws', 'login', '--profile', 'x', '--device-code'], { env });
    expect(declined.code).toBe(1);
    const [next = ''] = nextCommands(declined.stderr);
    expect(next).toBe('hotpass aws login --profile x');
    parseCommand(next);
    const none = await stage.hotpass(['aws', 'login', '--profile', 'keys', '--json'], { env });
    expect([none.code, errorOf(none).code]).toEqual([2, 'sso-not-configured']);
  });
});
