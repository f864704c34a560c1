import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { createFarClock, DatedHttpHandler } from '../../../../src/ops/aws/connection/clock.ts';
import { judgeExpiredLogin } from '../../../../src/ops/aws/credentials/expired-login.ts';
import { readSettings } from '../../../../src/ops/aws/settings.ts';
import { startFarAws } from '../../../support/aws-far-side.ts';
import { loginFile, START_URL } from '../../../support/aws-stand-in.ts';
import { freePort } from '../../../support/ports.ts';

const HOUR_MS = 3_600_000;
const EXPIRED = new HotpassError('sso-expired', 'login of profile x expired');

/** Judges an expired login on a machine whose clock is ahead by so many hours; it ends in `goodForMs`, by the true time. */
async function judge(aheadHours: number, goodForMs: number, url?: string) {
  const aws = await startFarAws();
  const home = await mkdtemp(join(tmpdir(), 'hp-aws-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const files = {
    '.aws/config': `[profile x]\nrole_arn = arn:aws:iam::123456789012:role/X\nsource_profile = base\nregion = eu-west-1\n[profile base]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n`,
    ...loginFile(START_URL, goodForMs),
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), text);
  }
  const env = { HOME: home, AWS_ENDPOINT_URL_STS: url ?? aws.url };
  const now = () => new Date(Date.now() + aheadHours * HOUR_MS);
  const clock = createFarClock(now);
  const http = new DatedHttpHandler({}, clock);
  const settings = await readSettings(env, { profile: 'x' });
  const error = await judgeExpiredLogin(EXPIRED, { env, settings, http, clock, now });
  http.destroy();
  return { error, asked: aws.calls().length };
}

it('names the clock for a login that is good by the time of AWS', async () => {
  const { error, asked } = await judge(26, HOUR_MS);
  expect(error).toMatchObject({
    code: 'clock-off',
    message: expect.stringMatching(/^the clock of this machine is 1 d 2 h ahead of AWS$/),
  });
  expect(asked).toBe(1);
});

it('leaves a login expired that is so by the time of AWS too', async () => {
  expect((await judge(26, -HOUR_MS)).error).toBe(EXPIRED);
  expect((await judge(0, -HOUR_MS)).error).toBe(EXPIRED);
});

it('asks for no time when the service itself took a login back', async () => {
  const { error, asked } = await judge(0, HOUR_MS);
  expect(error).toBe(EXPIRED);
  expect(asked).toBe(0);
});

it('leaves a login expired when nobody tells the time', async () => {
  expect((await judge(26, HOUR_MS, `http://127.0.0.1:${await freePort()}`)).error).toBe(EXPIRED);
});
