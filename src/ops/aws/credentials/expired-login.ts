import { HttpRequest } from '@smithy/core/protocols';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HotpassError } from '../../../errors.ts';
import type { Environment } from '../../../system.ts';
import type { FarClock } from '../connection/clock.ts';
import { stsEndpoint } from '../connection/sts-endpoint.ts';
import { clockOff, isFarOff } from '../explain/explain-clock.ts';
import type { AwsSettings } from '../settings.ts';
import { ssoLoginExpiry, ssoLoginOf } from './sso-login.ts';

/** An answer that only serves the words of an error is not waited for any longer. */
const ANSWER_MS = 3_000;

/** The argument object of `judgeExpiredLogin`. */
export interface JudgeExpiredLogin {
  readonly env: Environment;
  readonly settings: AwsSettings;
  readonly http: NodeHttpHandler;
  readonly clock: FarClock;
  readonly now: () => Date;
}

/**
 * Gives `clock-off` for a login that only looks expired because this machine's clock is wrong, else the error as it was.
 * The SDK compares with our clock and asks nobody, so that one unsigned request to STS tells the time, where no answer
 * did yet.
 */
export async function judgeExpiredLogin(error: HotpassError, from: JudgeExpiredLogin): Promise<HotpassError> {
  const { env, settings, clock, now } = from;
  const login = error.code === 'sso-expired' ? ssoLoginOf(settings) : undefined;
  if (login === undefined) return error;
  const expiresAt = await ssoLoginExpiry(env, login);
  // Where the file says that it is good, the service itself took it back.
  if (expiresAt === undefined || expiresAt > now()) return error;
  if (clock.offsetMs() === undefined) await askTime(from);
  const offsetMs = clock.offsetMs();
  if (offsetMs === undefined || !isFarOff(offsetMs)) return error;
  return expiresAt.getTime() > now().getTime() + offsetMs ? clockOff(offsetMs, error) : error;
}

/** Whatever STS answers has a date. */
async function askTime({ settings, http }: JudgeExpiredLogin): Promise<void> {
  const { protocol, hostname, port } = settings.endpointOf('sts') ?? stsEndpoint(settings);
  const request = new HttpRequest({
    method: 'HEAD',
    protocol,
    hostname,
    path: '/',
    headers: { host: port === '' ? hostname : `${hostname}:${port}` },
    ...(port === '' ? {} : { port: Number(port) }),
  });
  // Without an answer the login is what it looks like.
  await http.handle(request, { requestTimeout: ANSWER_MS }).catch(() => undefined);
}
