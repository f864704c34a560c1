import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoginWish, logIn } from '../../../../src/ops/aws/login/log-in.ts';
import type { RehearsedSso } from '../../../../src/rehearsal/aws/account.ts';
import { startAws } from '../../../../src/rehearsal/aws/index.ts';
import type { Environment, StartOptions } from '../../../../src/system.ts';
import { createSandbox } from '../../../support/hotpass.ts';
import { testSystem } from '../../../support/system.ts';

export const START_URL = 'https://acme.awsapps.com/start';
export const CONFIG = `[profile x]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = DataOps
region = eu-west-1
[profile legacy]
sso_start_url = ${START_URL}
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = DataOps
region = eu-west-1
[profile chained]
source_profile = x
role_arn = arn:aws:iam::123456789012:role/Deploy
[profile keys]
region = eu-west-1
[profile console]
login_session = arn:aws:iam::123456789012:user/jane
[profile lost]
sso_session = nowhere
[profile half]
sso_session = half
[sso-session acme]
sso_start_url = ${START_URL}
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
[sso-session half]
sso_start_url = ${START_URL}
`;
export const SSO: RehearsedSso = {
  startUrl: START_URL,
  user: 'jane@acme.example',
  assignments: [{ account: '123456789012', permissionSet: 'DataOps' }],
};

/** A browser that a person sits at. */
const BROWSER = { BROWSER: 'sh' };

/** Opens an account with IAM Identity Center, and a machine of somebody who has not logged in. */
export async function openLogin(env: Environment = {}, sso: Partial<RehearsedSso> = {}) {
  const [aws, sandbox] = await Promise.all([
    startAws({ account: { sso: { ...SSO, ...sso } } }),
    createSandbox(),
  ]);
  onTestFinished(async () => {
    await Promise.all([aws.close(), sandbox.remove()]);
  });
  await mkdir(join(sandbox.home, '.aws'));
  await writeFile(join(sandbox.home, '.aws', 'config'), CONFIG);
  const opened: string[] = [];
  const told: string[] = [];
  const slept: number[] = [];
  let clock = 0;
  const abort = new AbortController();
  const start = async (argv: readonly [string, ...string[]], _options: StartOptions) => {
    opened.push(argv.join(' '));
    const page = argv.at(-1) ?? '';
    const exitCode = await visit(page).then(
      () => 0,
      () => 1,
    );
    return { ...NO_CHILD, exited: Promise.resolve({ exitCode, signal: null }) };
  };
  /** What the browser does with a page. */
  let visit: (page: string) => Promise<unknown> = (page) => fetch(page);
  const sys = testSystem({
    cwd: sandbox.project,
    home: sandbox.home,
    env: { PATH: process.env.PATH, HOME: sandbox.home, AWS_ENDPOINT_URL: aws.url, ...env },
    signal: abort.signal,
    monotonic: () => clock,
    // Waits take no time, but for the longest, which a test never sits out.
    async sleep(ms, signal) {
      if (signal !== undefined)
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      slept.push(ms);
      clock += ms;
      onSleep();
    },
    processes: {
      run: () => Promise.reject(new Error('nothing is run')),
      runHere: () => Promise.reject(new Error('nothing is run')),
      start,
    },
  });
  let onSleep: () => void = () => {};
  const folder = join(sandbox.home, '.aws', 'sso', 'cache');
  return {
    aws,
    sandbox,
    folder,
    opened,
    told,
    slept,
    abort,
    atSleep(act: () => void) {
      onSleep = act;
    },
    browse(act: (page: string) => Promise<unknown>) {
      visit = act;
    },
    logIn: (profile: string, wish: Partial<LoginWish> = {}) =>
      logIn(sys, { profile, deviceCode: false, tell: (text) => void told.push(text), ...wish }),
    /** The login as it is kept for a session, or a start URL. */
    async kept(name: string): Promise<Record<string, unknown>> {
      const file = `${createHash('sha1').update(name).digest('hex')}.json`;
      return Object(JSON.parse(await readFile(join(folder, file), 'utf8')));
    },
    actions: () => aws.calls().map(({ action }) => action),
  };
}

export { BROWSER };

const NO_CHILD = {
  pid: 1,
  kill: () => false,
  isEnding: () => undefined,
  isStopped: () => false,
  send: () => false,
  onMessage: () => {},
  release: () => {},
};
