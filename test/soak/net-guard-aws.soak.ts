import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { DEFAULT_CALLER } from '../../src/rehearsal/aws/account.ts';
import { startAws } from '../../src/rehearsal/aws/index.ts';
import { expectNothingWritten } from '../real/support/refusals.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { openStage } from '../real/support/stage.ts';
import { nextCommands, parseCommand } from '../support/next-commands.ts';
import { freePort, startEcho } from '../support/ports.ts';

const INSTANCE = 'i-0123456789abcdef0';
const STRANGER = {
  accessKeyId: 'AKIDSTRANGER',
  secretAccessKey: 'rehearsed-and-good-elsewhere',
  arn: 'arn:aws:iam::210987654321:user/stranger',
};

/** Opens a machine before an account with an instance and a cluster; `allowed` is what hotpass.yaml says of it. */
async function openMachine(test: TestContext, allowed: string) {
  const echo = await startEcho();
  const aws = await startAws({
    account: {
      callers: [DEFAULT_CALLER, STRANGER],
      clusters: [{ name: 'blue' }],
      roles: [{ name: 'Deploy' }],
    },
    ssm: { instances: [{ id: INSTANCE }], hosts: { 'echo.internal': `127.0.0.1:${echo.port}` } },
  });
  test.onTestFinished(async () => {
    await Promise.all([aws.close(), echo.close()]);
  });
  const stage = await openStage(test);
  await writeFile(
    join(stage.project, 'hotpass.yaml'),
    `version: 1\ntargets: { staging: { aws: { region: eu-west-1, ${allowed} }, eks: { cluster: blue, clusters: [green-*] } } }\n`,
  );
  const env = {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: DEFAULT_CALLER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DEFAULT_CALLER.secretAccessKey,
  };
  const port = await freePort();
  const up = (...args: string[]) => stage.net(['up', ...args], { env });
  const upAsStranger = (...args: string[]) => {
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = STRANGER;
    return stage.net(['up', ...args], { env: { ...env, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } });
  };
  const viaSsm = ['--instance', INSTANCE, '--forward', `echo=${port}:echo.internal:7`];
  return { aws, stage, up, upAsStranger, viaSsm, env };
}

describe('a target that says who may', () => {
  it.concurrent('is not gone to with the account of another', async (test) => {
    const { aws, stage, up, viaSsm } = await openMachine(test, 'accounts: ["210987654321"]');
    const { code, stdout, stderr } = await up(...viaSsm);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: account 123456789012 is not allowed for staging; allowed: 210987654321');
    expect(stderr).toContain('[account-not-allowed]\n  state   nothing was changed\n');
    nextCommands(stderr).forEach(parseCommand);
    expect(aws.calls().map(({ action }) => action)).toEqual(['GetCallerIdentity']);
    await expectNothingWritten(stage);
  });

  it.concurrent('is gone to by who may, and that is said; a session that is up asks nothing', async (test) => {
    const role = 'roles: [Deploy], roleArn: "arn:aws:iam::123456789012:role/Deploy"';
    const { aws, stage, up, viaSsm, env } = await openMachine(test, role);
    expect(await up(...viaSsm)).toMatchObject({
      code: 0,
      stderr: 'note: account 123456789012, role Deploy: allowed for staging\n',
    });
    const started = aws.calls().filter(({ action }) => action === 'StartSession');
    expect(started.map(({ caller }) => caller)).toEqual([
      expect.stringMatching(/^arn:aws:sts::123456789012:assumed-role\/Deploy\//),
    ]);
    aws.setForbidden('sts:*', true);
    aws.setHanging(true, 'sts');
    expect(await up(...viaSsm)).toMatchObject({ code: 0, stderr: '' });
    expect(aws.calls().filter(({ action }) => action === 'GetCallerIdentity')).toHaveLength(1);
    expect(await stage.net(['down'], { env })).toMatchObject({ code: 0 });
  });

  it.concurrent('is not gone to while AWS does not say who calls, and with a cluster of another', async (test) => {
    const { aws, stage, up, viaSsm } = await openMachine(test, 'accounts: ["123456789012"]');
    aws.setStanding(DEFAULT_CALLER.accessKeyId, 'expired');
    const expired = await up(...viaSsm);
    expect([expired.code, expired.stderr]).toEqual([
      1,
      expect.stringMatching(
        /\[credentials-expired\]\n {2}while {3}asking AWS who calls, for target staging\n {2}state {3}nothing was changed\n/,
      ),
    ]);
    aws.setStanding(DEFAULT_CALLER.accessKeyId, 'good');
    const asked = aws.calls().length;
    const other = await up('--via', 'direct', '--forward', 'eks', '--eks-cluster', 'red');
    expect(other.stderr).toContain('error: cluster red is not allowed for staging; allowed: blue, green-*');
    expect([other.code, aws.calls().length]).toEqual([2, asked]);
    await expectNothingWritten(stage);
  });

  it.concurrent('gets no keys of another account for a session that waits for a login', async (test) => {
    const { aws, stage, up, upAsStranger, viaSsm, env } = await openMachine(
      test,
      'accounts: ["123456789012"]',
    );
    expect(await up(...viaSsm)).toMatchObject({ code: 0 });
    aws.setStanding(DEFAULT_CALLER.accessKeyId, 'expired');
    aws.ssm.cutSockets();
    await eventually('the need of a login', async () => {
      return (await stage.net(['status'])).stdout.includes('needs-login');
    });
    for (const args of [[], viaSsm]) {
      const { code, stderr } = await upAsStranger(...args);
      expect(stderr).toContain('error: account 210987654321 is not allowed for staging');
      expect(code).toBe(2);
    }
    const service = aws.calls().filter(({ service }) => service === 'ssm');
    expect(service.filter(({ caller }) => caller === STRANGER.arn)).toEqual([]);
    aws.setStanding(DEFAULT_CALLER.accessKeyId, 'good');
    // By then it may have come back by itself, and a label alone would want what hotpass.yaml says.
    expect(await up(...viaSsm)).toMatchObject({ code: 0 });
    expect(await stage.net(['down'], { env })).toMatchObject({ code: 0 });
  });
});
