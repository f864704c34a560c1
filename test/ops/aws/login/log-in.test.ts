import { lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BROWSER, openLogin, START_URL } from './login-stage.ts';

describe('a login by browser', () => {
  it('comes back with a login for everybody who reads the cache, for this user alone', async () => {
    const { logIn, kept, folder, opened, actions, told } = await openLogin(BROWSER);
    const login = await logIn('x');
    expect(login).toEqual({
      profile: 'x',
      session: 'acme',
      startUrl: START_URL,
      expiresAt: expect.any(Date),
    });
    expect(login.expiresAt.getTime() - Date.now()).toBeGreaterThan(7.9 * 3_600_000);
    expect(opened).toEqual([
      expect.stringMatching(/^sh http:\/\/127\.0\.0\.1:\d+\/authorize\?response_type=code&/),
    ]);
    expect(told).toHaveLength(1);
    expect(actions()).toEqual(['RegisterClient', 'Authorize', 'CreateToken']);
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
    expect(await kept('acme')).toEqual({
      startUrl: START_URL,
      region: 'eu-west-1',
      accessToken: expect.stringMatching(/./),
      expiresAt: expect.stringMatching(time),
      clientId: expect.stringMatching(/./),
      clientSecret: expect.stringMatching(/./),
      registrationExpiresAt: expect.stringMatching(time),
      refreshToken: expect.stringMatching(/./),
    });
    const modes = await Promise.all(
      [folder, ...(await readdir(folder)).map((name) => join(folder, name))].map(async (path) =>
        ((await stat(path)).mode & 0o777).toString(8),
      ),
    );
    expect(modes).toEqual(['700', '600', '600']);
  });

  it('is no login when it is declined, or when nobody comes back', async () => {
    const { aws, logIn, folder, atSleep, abort } = await openLogin(BROWSER);
    aws.setLogin('declined');
    await expect(logIn('x')).rejects.toMatchObject({
      code: 'login-failed',
      message: 'the login was declined in the browser',
      hint: 'hotpass aws login --profile x',
    });
    aws.setLogin('none');
    atSleep(() => {});
    setTimeout(() => abort.abort(), 50);
    await expect(logIn('x')).rejects.toMatchObject({ code: 'interrupted' });
    // The registration alone: no login, and no half of one.
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('takes nothing from who does not know what was asked', async () => {
    const { logIn, browse, kept } = await openLogin(BROWSER);
    const answers: number[] = [];
    browse(async (page) => {
      const redirect = new URL(page).searchParams.get('redirect_uri') ?? '';
      const tries = [
        `${redirect}?code=stolen&state=guessed`,
        `${redirect}?error=access_denied`,
        `${redirect}/x`,
        // No address, whatever it is below.
        `${new URL(redirect).origin}//`,
      ];
      for (const one of tries) answers.push((await fetch(one)).status);
      answers.push((await fetch(page)).status);
    });
    expect(await logIn('x')).toMatchObject({ session: 'acme' });
    expect(answers).toEqual([400, 400, 404, 404, 200]);
    expect(JSON.stringify(await kept('acme'))).not.toContain('stolen');
  });

  it('is still to be had where the browser cannot be opened: the page is printed', async () => {
    const { logIn, browse, told } = await openLogin(BROWSER);
    browse(async () => Promise.reject(new Error('no display')));
    const login = logIn('x');
    await expect.poll(() => told.length).toBe(2);
    expect(told[1]).toContain('no browser could be opened here');
    await fetch(told[0]?.split(' ').at(-1) ?? '');
    expect(await login).toMatchObject({ profile: 'x' });
  });
});

describe('a login by code', () => {
  it.each([
    ['is asked for', 'x', { deviceCode: true }, BROWSER, 'acme'],
    ['is what is left without a browser', 'x', {}, {}, 'acme'],
    ['is what is left in a session of ssh', 'x', {}, { SSH_CONNECTION: '1', DISPLAY: ':0' }, 'acme'],
    ['is all that older profiles have', 'legacy', {}, {}, START_URL],
    ['is made for the profile that a role comes from', 'chained', { deviceCode: true }, {}, 'acme'],
  ] as const)('%s', async (_, profile, wish, env, name) => {
    const { logIn, kept, told, opened, actions } = await openLogin(env);
    const login = await logIn(profile, wish);
    expect(login).toMatchObject({ profile, startUrl: START_URL });
    expect(actions()).toEqual(['RegisterClient', 'StartDeviceAuthorization', 'CreateToken']);
    expect(opened).toEqual([]);
    expect(told[0]).toMatch(/open http:.*user_code=[A-Z]{4}-[A-Z]{4}$/);
    expect(told[1]).toMatch(/^and confirm the code [A-Z]{4}-[A-Z]{4} {2}\(to type it: http:/);
    const { accessToken, refreshToken } = await kept(name);
    expect(accessToken).toMatch(/./);
    // Older logins do not renew themselves.
    expect(typeof refreshToken).toBe(profile === 'legacy' ? 'undefined' : 'string');
    for (const secret of [accessToken, refreshToken ?? accessToken])
      expect(JSON.stringify([login, told])).not.toContain(secret);
  });

  it('opens the page with the code in it where there is a browser', async () => {
    const { aws, logIn, opened } = await openLogin(BROWSER);
    aws.setLogin('none');
    // Opening it is what confirms it.
    expect(await logIn('legacy')).not.toHaveProperty('session');
    expect(opened).toEqual([expect.stringMatching(/^sh http:.*\/device\?user_code=/)]);
  });

  it('waits as long as it is told, and longer when that was too fast', async () => {
    const { aws, logIn, slept, atSleep } = await openLogin();
    aws.setLogin('none');
    aws.slowDown(2);
    atSleep(() => {
      if (slept.length === 5) aws.setLogin('confirmed');
    });
    await logIn('x');
    expect(slept).toEqual([1_000, 6_000, 11_000, 11_000, 11_000]);
  });

  it('goes on while the service is away for a moment', async () => {
    const { aws, logIn, slept, atSleep } = await openLogin();
    aws.setLogin('none');
    atSleep(() => {
      if (slept.length === 1) aws.throttle('sso-oidc', 3);
      if (slept.length === 2) aws.setLogin('confirmed');
    });
    expect(await logIn('x')).toMatchObject({ profile: 'x' });
  });

  it.each([
    ['declines it', 'declined', 'the login was declined in the browser'],
    ['lets it expire', 'expired', 'nobody confirmed the login in time'],
    ['never comes', 'none', 'nobody confirmed the login in time'],
  ] as const)('is no login when the person %s', async (_, answer, message) => {
    const { aws, logIn, folder, atSleep, slept } = await openLogin({}, { pollSeconds: 50 });
    aws.setLogin(answer === 'declined' ? 'declined' : 'none');
    if (answer === 'expired') atSleep(() => aws.expireDeviceCodes());
    await expect(logIn('x')).rejects.toMatchObject({ code: 'login-failed', message, exitCode: 1 });
    expect(await readdir(folder)).toHaveLength(1);
    expect(slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(600_000);
  });

  it('leaves nothing but its registration when it is given up', async () => {
    const { aws, logIn, folder, atSleep, abort } = await openLogin();
    aws.setLogin('none');
    atSleep(() => abort.abort());
    await expect(logIn('x')).rejects.toMatchObject({ code: 'interrupted' });
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('is refused where nobody would see the code', async () => {
    const { logIn } = await openLogin();
    await expect(logIn('x', { tell: undefined })).rejects.toMatchObject({ code: 'login-needed' });
  });

  it('says that the start URL of the profile is none', async () => {
    const { logIn } = await openLogin({}, { startUrl: 'https://acme-prod.awsapps.com/start' });
    await expect(logIn('legacy')).rejects.toMatchObject({
      code: 'sso-not-configured',
      message: `IAM Identity Center knows no start URL ${START_URL} in this sso_region`,
      hint: 'aws configure sso',
    });
  });

  it('registers once, and again when the service knows nothing of it', async () => {
    const { aws, logIn, actions, folder } = await openLogin();
    await logIn('x');
    await logIn('x');
    expect(actions().filter((action) => action === 'RegisterClient')).toHaveLength(1);
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), 'utf8');
      await writeFile(join(folder, name), text.replace(/"clientId":"[^"]*"/, '"clientId":"forgotten"'));
    }
    await logIn('x');
    expect(actions().filter((action) => action === 'RegisterClient')).toHaveLength(2);
    for (const name of await readdir(folder)) await writeFile(join(folder, name), '{"clientId": 1');
    await logIn('x');
    expect(aws.calls().filter(({ action }) => action === 'RegisterClient')).toHaveLength(3);
  });
});

describe('the cache of logins', () => {
  it('is found out to take nothing before anybody is asked', async () => {
    const { logIn, sandbox, aws } = await openLogin();
    await writeFile(join(sandbox.home, '.aws', 'sso'), 'a file');
    await expect(logIn('x')).rejects.toMatchObject({ code: 'state-unwritable' });
    expect(aws.calls()).toEqual([]);
  });

  it('is written through symbolic links', async () => {
    const { logIn, sandbox, folder, kept } = await openLogin();
    const elsewhere = join(sandbox.root, 'elsewhere');
    await mkdir(elsewhere);
    await mkdir(join(sandbox.home, '.aws', 'sso'));
    await symlink(elsewhere, folder);
    await logIn('x');
    const [first = ''] = (await readdir(elsewhere)).sort();
    expect(await readdir(elsewhere)).toHaveLength(2);
    expect(await kept('acme')).toHaveProperty('accessToken');
    const real = join(sandbox.root, 'real.json');
    await writeFile(real, '{}', { mode: 0o644 });
    for (const name of await readdir(elsewhere)) {
      await rm(join(elsewhere, name));
      await symlink(real, join(elsewhere, name));
    }
    expect(first).toMatch(/\.json$/);
    await logIn('legacy');
    await logIn('x');
    expect((await lstat(join(elsewhere, first))).isSymbolicLink()).toBe(true);
    expect((await stat(real)).mode & 0o777).toBe(0o600);
  });
});

describe('a profile without such a login', () => {
  it.each([
    ['keys', 'sso-not-configured', 'aws configure sso --profile keys'],
    ['console', 'sso-not-configured', 'aws login --profile console'],
    ['lost', 'sso-not-configured', 'aws configure sso-session'],
    ['half', 'sso-not-configured', 'aws configure sso-session'],
    ['nobody', 'profile-unknown', expect.any(String)],
  ] as const)('%s is refused with what to type', async (profile, code, hint) => {
    const { logIn, sandbox, aws } = await openLogin();
    await expect(logIn(profile)).rejects.toMatchObject({ code, hint, exitCode: 2 });
    expect(aws.calls()).toEqual([]);
    expect(await readdir(join(sandbox.home, '.aws'))).toEqual(['config']);
  });
});
