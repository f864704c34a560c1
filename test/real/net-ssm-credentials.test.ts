import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type RehearsedSsm, startSsm } from '../../src/rehearsal/ssm/index.ts';
import { GIVEN_SECRET, loginFile, START_URL, startAwsStandIn } from '../support/aws-stand-in.ts';
import { freePort } from '../support/ports.ts';
import { openStage, type Stage } from './support/stage.ts';

const INSTANCE = 'i-0123456789abcdef0';
const HOUR_MS = 3_600_000;
const ROLE = 'arn:aws:iam::123456789012:role/DataOps';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDREHEARSED', AWS_SECRET_ACCESS_KEY: GIVEN_SECRET };

const ACCOUNT = 'sso_account_id = 123456789012\nsso_role_name = DataOps\n';
const SSO_LEGACY = `[profile x]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n${ACCOUNT}`;
const SSO_SESSION = `[profile x]\nsso_session = acme\n${ACCOUNT}[sso-session acme]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n`;
const ASSUMED = `[profile x]\nrole_arn = ${ROLE}\nsource_profile = base\n[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = ${GIVEN_SECRET}\n`;
const OF_ENVIRONMENT = `[profile x]\nrole_arn = ${ROLE}\ncredential_source = Environment\n`;

const printKeys = (more = '') =>
  `[profile x]\ncredential_process = printf '{"Version":1,"AccessKeyId":"AKIDGIVEN","SecretAccessKey":"${GIVEN_SECRET}"${more}}'\n`;

describe('net up via ssm', () => {
  let ssm: RehearsedSsm;
  beforeAll(async () => {
    ssm = await startSsm({ callers: ['AKIDREHEARSED', 'AKIDGIVEN'].map((accessKeyId) => ({ accessKeyId })) });
  });
  afterAll(() => ssm?.close());

  /** Opens a stage with these files in its home, beside a stand-in for whatever gives credentials. */
  async function prepare(test: TestContext, files: Readonly<Record<string, string>> = {}) {
    const [stage, aws] = await Promise.all([openStage(test), startAwsStandIn()]);
    test.onTestFinished(() => aws.close());
    aws.accessKeyId = 'AKIDGIVEN';
    for (const [name, text] of Object.entries(files)) await put(stage, name, text);
    const env = { ...aws.env, AWS_ENDPOINT_URL_SSM: ssm.url, AWS_REGION: 'eu-west-1' };
    return { stage, aws, env };
  }

  /** Looks the instance up, as a dry run does, and tells whom the service took the caller for. */
  async function lookUp(stage: Stage, env: Readonly<Record<string, string>>, ...more: readonly string[]) {
    const calls = ssm.calls().length;
    const forward = `x=${await freePort()}:10.0.0.7:80`;
    const args = ['up', '--instance', INSTANCE, '--forward', forward, '--dry-run', ...more];
    const { code, stdout, stderr } = await stage.net(args, { env });
    expect(stdout + stderr).not.toContain(GIVEN_SECRET);
    const who = ssm.calls().slice(calls);
    return { code, said: stdout + stderr, who: who.map(({ accessKeyId }) => accessKeyId) };
  }

  it('takes the credentials of a login of IAM Identity Center, in both forms', async (test) => {
    for (const [config, login] of [
      [SSO_LEGACY, START_URL],
      [SSO_SESSION, 'acme'],
    ] as const) {
      const { stage, aws, env } = await prepare(test, {
        '.aws/config': config,
        ...loginFile(login, HOUR_MS),
      });
      expect(await lookUp(stage, env, '--profile', 'x')).toMatchObject({ code: 0, who: ['AKIDGIVEN'] });
      expect(aws.asked).toEqual(['GET /federation/credentials']);
    }
  });

  it('says which command brings back a login that is over, not there, or was taken back', async (test) => {
    for (const config of [SSO_LEGACY, SSO_SESSION]) {
      const { stage, aws, env } = await prepare(test, { '.aws/config': config });
      const login = config === SSO_LEGACY ? START_URL : 'acme';
      const expired = {
        code: 1,
        who: [],
        said: 'error: login of profile x expired  [sso-expired]\n  next    hotpass aws login --profile x\n',
      };
      expect(await lookUp(stage, env, '--profile', 'x')).toEqual(expired);
      await putAll(stage, loginFile(login, -HOUR_MS));
      expect(await lookUp(stage, env, '--profile', 'x')).toEqual(expired);
      await putAll(stage, loginFile(login, HOUR_MS));
      aws.refusal = {
        status: 401,
        type: 'UnauthorizedException',
        message: 'Session token not found or invalid',
      };
      expect(await lookUp(stage, env, '--profile', 'x')).toEqual(expired);
      aws.refusal = { status: 403, type: 'ForbiddenException', message: 'No access' };
      expect((await lookUp(stage, env, '--profile', 'x')).said).toContain('[access-denied]');
    }
  });

  it('assumes a role with a profile, with the environment, and with a web identity', async (test) => {
    const { stage, aws, env } = await prepare(test, { '.aws/config': ASSUMED, token: 'a-web-token' });
    const fine = { code: 0, who: ['AKIDGIVEN'] };
    expect(await lookUp(stage, env, '--profile', 'x')).toMatchObject(fine);
    await put(stage, '.aws/config', OF_ENVIRONMENT);
    expect(await lookUp(stage, { ...env, ...KEYS }, '--profile', 'x')).toMatchObject(fine);
    await rm(join(stage.home, '.aws'), { recursive: true });
    const web = { AWS_WEB_IDENTITY_TOKEN_FILE: join(stage.home, 'token'), AWS_ROLE_ARN: ROLE };
    expect(await lookUp(stage, { ...env, ...web })).toMatchObject(fine);
    expect(aws.asked).toEqual(['POST / AssumeRole', 'POST / AssumeRole', 'POST / AssumeRoleWithWebIdentity']);
    aws.refusal = {
      status: 403,
      type: 'AccessDenied',
      message: `Not authorized to perform sts:AssumeRole on ${ROLE}`,
    };
    expect(await lookUp(stage, { ...env, ...web })).toMatchObject({
      code: 1,
      said: expect.stringContaining('[role-refused]'),
    });
  });

  it('runs a credential_process, and never tells its command line', async (test) => {
    const { stage, env } = await prepare(test, { '.aws/config': printKeys() });
    expect(await lookUp(stage, env, '--profile', 'x')).toMatchObject({ code: 0, who: ['AKIDGIVEN'] });
    await put(stage, '.aws/config', printKeys(',"Expiration":"2020-01-01T00:00:00Z"'));
    expect((await lookUp(stage, env, '--profile', 'x')).said).toContain('[credentials-expired]');
    await put(
      stage,
      '.aws/config',
      `[profile x]\ncredential_process = sh -c 'echo sealed >&2; exit 3' ${GIVEN_SECRET}\n`,
    );
    expect((await lookUp(stage, env, '--profile', 'x')).said).toMatch(
      /^error: the credential_process of profile x failed: sealed {2}\[credential-process-failed\]\n/,
    );
  });

  it('takes what a container is given', async (test) => {
    const { stage, aws, env } = await prepare(test);
    const container = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/creds` };
    expect(await lookUp(stage, { ...env, ...container })).toMatchObject({ code: 0, who: ['AKIDGIVEN'] });
    expect(aws.asked).toEqual(['GET /creds']);
  });

  it('takes keys of the environment before AWS_PROFILE, and a named profile before them', async (test) => {
    const { stage, env } = await prepare(test, { '.aws/config': printKeys() });
    const both = { ...env, ...KEYS, AWS_PROFILE: 'x' };
    expect((await lookUp(stage, both)).who).toEqual(['AKIDREHEARSED']);
    expect((await lookUp(stage, both, '--profile', 'x')).who).toEqual(['AKIDGIVEN']);
    expect((await lookUp(stage, { ...env, AWS_PROFILE: 'x' })).who).toEqual(['AKIDGIVEN']);
  });

  it('says at once that there are no credentials, on a machine without any', async (test) => {
    const { stage, env } = await prepare(test);
    const began = performance.now();
    expect(await lookUp(stage, env)).toEqual({
      code: 1,
      who: [],
      said: 'error: there are no AWS credentials  [credentials-missing]\n  next    aws configure sso\n',
    });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('names the profile that has none, or asks for one where there are some', async (test) => {
    const half = '[profile x]\naws_access_key_id = AKIDHALF\n';
    const { stage, env } = await prepare(test, { '.aws/config': half });
    expect((await lookUp(stage, env, '--profile', 'x')).said).toBe(
      'error: profile x has no AWS credentials  [credentials-missing]\n  next    aws configure list --profile x\n',
    );
    expect((await lookUp(stage, env)).said).toBe(
      'error: there are no AWS credentials  [credentials-missing]\n  next    export AWS_PROFILE=PROFILE\n',
    );
  });
});

async function putAll(stage: Stage, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await put(stage, name, text);
}

async function put(stage: Stage, name: string, text: string): Promise<void> {
  const path = join(stage.home, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
