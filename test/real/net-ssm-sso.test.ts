import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loginFile, START_URL, startAwsStandIn } from '../support/aws-stand-in.ts';
import { eventually } from './support/sandbox-processes.ts';
import { connectLasting, openSsmGround } from './support/ssm-ground.ts';

const CONFIG = `[profile x]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = DataOps
[sso-session acme]
sso_start_url = ${START_URL}
sso_region = eu-west-1
`;
const HOUR_MS = 3_600_000;

describe('a session via ssm with a login of IAM Identity Center', () => {
  it('needs a login when it is over, and goes on by itself after a login elsewhere', async (test) => {
    const ground = await openSsmGround(test);
    const aws = await startAwsStandIn();
    test.onTestFinished(() => aws.close());
    // They run out within the minutes that count as too short: each call looks whether the login is still there.
    aws.goodForMs = 60_000;
    const login = loginFile('acme', HOUR_MS);
    const put = async (files: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(ground.home, name)), { recursive: true });
        await writeFile(join(ground.home, name), text);
      }
    };
    await put({ '.aws/config': CONFIG, ...login });
    const env = {
      ...aws.env,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_CONFIG_FILE: undefined,
      AWS_SHARED_CREDENTIALS_FILE: undefined,
    };
    const up = ground.up('--profile', 'x');
    expect(await ground.net(up, { env })).toMatchObject({ code: 0, stderr: '' });
    const client = await connectLasting(test, ground.port);

    for (const name of Object.keys(login)) await rm(join(ground.home, name));
    ground.far.cutSockets();
    const session = () => ground.status().then(({ sessions }) => sessions[0]);
    await eventually('the need of a login', async () => (await session())?.state === 'needs-login');
    expect(await session()).toMatchObject({
      code: 'sso-expired',
      reason: expect.stringContaining('login of profile x expired'),
      hint: 'hotpass aws login --profile x',
    });
    // No call was made with what was there before.
    const asked = aws.asked.length;
    expect((await ground.net(up, { env })).code).toBe(1);
    expect(aws.asked).toHaveLength(asked);

    await put(login);
    await eventually('a session that is ready', async () => (await session())?.state === 'ready');
    expect(await client.say('kept')).toBe('kept');
    expect((await session())?.breaks).toMatchObject([{ kept: 1, lost: 0 }]);
    expect(await ground.net(['down'], { env })).toMatchObject({ code: 0 });
  });
});
