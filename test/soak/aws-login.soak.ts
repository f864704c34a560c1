import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { startAws } from '../../src/rehearsal/aws/index.ts';
import { CONFIG, SSO } from '../ops/aws/login/login-stage.ts';
import { startInTerminal } from '../real/support/in-terminal.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { connectLasting } from '../real/support/ssm-ground.ts';
import { openStage } from '../real/support/stage.ts';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { describeReal, realPath } from '../support/real.ts';

const run = promisify(execFile);
const INSTANCE = 'i-0123456789abcdef0';

/** Opens a machine of somebody who has not logged in, before an account with an instance. */
async function openMachine(test: TestContext) {
  const echo = await startEcho();
  const aws = await startAws({
    account: { sso: SSO },
    ssm: { instances: [{ id: INSTANCE }], hosts: { 'echo.internal': `127.0.0.1:${echo.port}` } },
  });
  test.onTestFinished(async () => {
    await Promise.all([aws.close(), echo.close()]);
  });
  const stage = await openStage(test);
  await mkdir(join(stage.home, '.aws'));
  await writeFile(join(stage.home, '.aws', 'config'), CONFIG);
  return { aws, stage, env: { AWS_ENDPOINT_URL: aws.url } };
}

describeReal('a login by hotpass', ['aws'], () => {
  it.for(['x', 'legacy'])('is one for the AWS CLI too, with profile %s', async (profile, test) => {
    const { stage, env } = await openMachine(test);
    const login = ['aws', 'login', '--profile', profile, '--device-code'];
    expect(await stage.hotpass(login, { env })).toMatchObject({ code: 0 });
    const { stdout } = await run(
      realPath('aws'),
      ['sts', 'get-caller-identity', '--profile', profile, '--output', 'json'],
      { env: { ...stage.env, ...env } },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      Account: '123456789012',
      Arn: expect.stringMatching(/assumed-role\/AWSReservedSSO_DataOps_[0-9a-f]+\/jane@acme.example$/),
    });
  });
});

describe('a session via ssm that needs a login', () => {
  it('goes on by itself after the command that its status prints', async (test) => {
    const { aws, stage, env } = await openMachine(test);
    const port = await freePort();
    const login = (line: string) => stage.hotpass([...line.split(' ').slice(1), '--device-code'], { env });
    expect(await login('hotpass aws login --profile x')).toMatchObject({ code: 0 });
    const up = ['up', '--instance', INSTANCE, '--profile', 'x', '--forward', `echo=${port}:echo.internal:7`];
    expect(await stage.net(up, { env })).toMatchObject({ code: 0 });
    const client = await connectLasting(test, port);

    const issued = aws.ssm.calls().flatMap(({ accessKeyId }) => accessKeyId ?? []);
    aws.endLogins();
    for (const one of new Set(issued)) aws.setStanding(one, 'expired');
    aws.ssm.cutSockets();
    const session = async () => (await stage.status()).sessions[0];
    await eventually('the need of a login', async () => (await session())?.state === 'needs-login');
    const { hint = '' } = Object(await session());
    expect(hint).toMatch(/^hotpass aws login /);
    expect(await login(hint)).toMatchObject({ code: 0 });
    await eventually('a session that is ready', async () => (await session())?.state === 'ready');
    expect(await client.say('kept')).toBe('kept');
    expect(await stage.net(['down'], { env })).toMatchObject({ code: 0 });
  });
});

describeReal('aws login at a terminal', ['script'], () => {
  it('shows the code with --quiet, and leaves no login behind at Ctrl-C', async (test) => {
    const { stage, env, aws } = await openMachine(test);
    aws.setLogin('none');
    const argv = [process.execPath, builtProgram, 'aws', 'login', '--profile', 'x'];
    const terminal = startInTerminal([...argv, '--quiet', '--device-code'], {
      project: stage.project,
      env: { ...stage.env, ...env },
    });
    await expect.poll(terminal.shown, { timeout: 10_000 }).toMatch(/confirm the code [A-Z]{4}-[A-Z]{4}/);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(1);
    expect(terminal.shown()).toContain('[interrupted]');
    expect(await readdir(join(stage.home, '.aws', 'sso', 'cache'))).toHaveLength(1);
  });
});
