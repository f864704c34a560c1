import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { openStage } from '../real/support/stage.ts';
import { startFarAws } from '../support/aws-far-side.ts';
import { loginFile, START_URL } from '../support/aws-stand-in.ts';
import { createFakeClock } from '../support/faketime.ts';
import { parseCommand } from '../support/next-commands.ts';
import { describeReal } from '../support/real.ts';

const ACCOUNT = '123456789012';
const HOUR_MS = 3_600_000;
const ASSIGNED = `sso_account_id = ${ACCOUNT}\nsso_role_name = DataOps\n`;
const SSO_LEGACY = `[profile x]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n${ASSIGNED}`;
const SSO_SESSION = `[profile x]\nsso_session = acme\n${ASSIGNED}[sso-session acme]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n`;
const CHAIN = `[profile x]\nrole_arn = arn:aws:iam::${ACCOUNT}:role/DataOps\nsource_profile = base\n[profile base]\naws_access_key_id = AKIDREHEARSED\naws_secret_access_key = rehearsed-and-good-nowhere-else\n`;

/** Opens a stage whose home has these profiles and this login, beside an account that has both. */
async function prepare(test: TestContext, config: string, login: Readonly<Record<string, string>> = {}) {
  const stage = await openStage(test);
  const aws = await startFarAws({
    account: {
      roles: [{ name: 'DataOps' }],
      sso: {
        startUrl: START_URL,
        user: 'ann',
        assignments: [{ account: ACCOUNT, permissionSet: 'DataOps' }],
        accessTokens: ['an-access-token'],
      },
    },
  });
  for (const [name, text] of Object.entries({ '.aws/config': config, ...login })) {
    await mkdir(dirname(join(stage.home, name)), { recursive: true });
    await writeFile(join(stage.home, name), text);
  }
  const env = { AWS_ENDPOINT_URL: aws.url, AWS_REGION: 'eu-west-1' };
  const check = async (more: object = {}, ...args: readonly string[]) => {
    const argv = ['aws', 'check', '--profile', 'x', '--json', ...args];
    const { code, stdout } = await stage.hotpass(argv, { env: { ...env, ...more } });
    const links: readonly Link[] = JSON.parse(stdout).links;
    const link = (id: string) => links.find((one) => one.id === id);
    for (const { next } of links) if (next?.startsWith('hotpass ')) parseCommand(next);
    return { code, credentials: link('credentials'), identity: link('identity') };
  };
  return { stage, aws, check };
}

interface Link {
  readonly id: string;
  readonly state: string;
  readonly saw: string;
  readonly code?: string;
  readonly next?: string;
}

describe('aws check, by the credentials that there are', () => {
  it('says whose login it is, of a profile with a start URL and of one with an sso-session', async (test) => {
    for (const [config, login] of [
      [SSO_LEGACY, START_URL],
      [SSO_SESSION, 'acme'],
    ] as const) {
      const { check } = await prepare(test, config, loginFile(login, HOUR_MS));
      expect(await check()).toMatchObject({
        credentials: {
          state: 'ok',
          saw: expect.stringMatching(/^SSO profile x \(flag --profile\), until /),
          facts: { loginExpiresAt: expect.stringMatching(/^\d{4}-/) },
        },
        identity: { state: 'ok', saw: expect.stringMatching(/\/AWSReservedSSO_DataOps_\w+\/ann$/) },
      });
    }
  });

  it('says which command brings a login back, after one question for the time', async (test) => {
    const { check, aws } = await prepare(test, SSO_SESSION, loginFile('acme', -HOUR_MS));
    const expired = {
      code: 1,
      credentials: {
        state: 'failed',
        code: 'sso-expired',
        saw: 'login of profile x expired',
        next: 'hotpass aws login --profile x',
      },
    };
    expect(await check()).toMatchObject(expired);
    expect(aws.calls().map(({ caller }) => caller)).toEqual([undefined]);
    aws.endLogins();
    expect(await check()).toMatchObject(expired);
  });

  it('takes on a role by its profile, and by --role-arn', async (test) => {
    const { check, aws } = await prepare(test, CHAIN);
    const taken = {
      credentials: { state: 'ok', saw: expect.stringMatching(/^role taken on by profile x .*, until /) },
      identity: { state: 'ok', saw: expect.stringContaining('assumed-role/DataOps/') },
    };
    expect(await check()).toMatchObject(taken);
    aws.setRole({ name: 'Night', trustPolicy: trusting(`arn:aws:iam::${ACCOUNT}:role/DataOps`) });
    expect(await check({}, '--role-arn', `arn:aws:iam::${ACCOUNT}:role/Night`)).toMatchObject({
      identity: { saw: expect.stringContaining('assumed-role/Night/hotpass-') },
    });
    expect(aws.calls().map(({ action }) => action)).toEqual([
      'AssumeRole',
      'GetCallerIdentity',
      'AssumeRole',
      'AssumeRole',
      'GetCallerIdentity',
    ]);
  });

  it('says which role of a chain is refused, in the words of AWS', async (test) => {
    const { check, aws } = await prepare(test, CHAIN);
    aws.setRole({ name: 'DataOps', trustPolicy: trusting(`arn:aws:iam::${ACCOUNT}:role/Other`) });
    const { code, credentials, identity } = await check();
    expect({ code, credentials }).toMatchObject({
      code: 1,
      credentials: {
        state: 'failed',
        code: 'role-refused',
        saw: expect.stringMatching(/^AWS refuses the role of profile x: User: .* sts:AssumeRole .*DataOps/),
      },
    });
    expect(identity).toMatchObject({ state: 'skipped', saw: 'needs: credentials' });
  });
});

describeReal('aws check, by a clock that is off', ['faketime'], () => {
  it('works ten minutes off', async (test) => {
    const { check, stage } = await prepare(test, CHAIN);
    const clock = await createFakeClock(stage.root);
    await clock.set(-600);
    expect(await check(clock.env)).toMatchObject({
      credentials: { state: 'ok' },
      identity: {
        state: 'ok',
        evidence: [['clock', expect.stringMatching(/^this machine is (?:9|10) min/)]],
      },
    });
  });

  it('does not call a login expired that is good by the time of AWS', async (test) => {
    const { check, stage } = await prepare(test, SSO_SESSION, loginFile('acme', HOUR_MS / 10));
    const clock = await createFakeClock(stage.root);
    await clock.set(600);
    expect(await check(clock.env)).toMatchObject({
      code: 1,
      credentials: {
        state: 'failed',
        code: 'clock-off',
        saw: expect.stringMatching(
          /^the clock of this machine is (?:10 min(?: \d s)?|9 min 5\d s) ahead of AWS$/,
        ),
      },
    });
  });
});

function trusting(principal: string): object {
  const Principal = { AWS: principal };
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] };
}
