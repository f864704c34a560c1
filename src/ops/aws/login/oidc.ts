import {
  CreateTokenCommand,
  RegisterClientCommand,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc';
import { HotpassError } from '../../../errors.ts';
import { createCalls, type Service } from '../connection/calls.ts';
import type { Door } from '../connection/door.ts';
import type { Login, Registration } from './sso-cache.ts';

/** The calls that a login takes. Each throws what `AccountApi` throws, and `login-failed` where that is said. */
export interface SsoOidc {
  /** Address of the service: the page of a login by browser is below it. */
  readonly endpoint: URL;
  registerClient(register: Register, signal: AbortSignal): Promise<Registration>;
  /** Gives undefined where the service knows no such client any more. */
  startDevice(
    registration: Registration,
    startUrl: string,
    signal: AbortSignal,
  ): Promise<DeviceCode | undefined>;
  /** Gives a word in place of a login that is not there yet. Throws `login-failed`. */
  createToken(
    registration: Registration,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Login | 'pending' | 'slow-down'>;
}

interface Register {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Only for a login by browser: where it comes back, and for which start URL. */
  readonly browser?: { readonly redirectUri: string; readonly issuerUrl: string };
}

/** A code that somebody confirms in a browser, wherever that is. */
export interface DeviceCode {
  /** Secret. */
  readonly deviceCode: string;
  readonly userCode: string;
  readonly page: string;
  /** With the code in it. */
  readonly wholePage: string;
  readonly intervalMs: number;
  readonly goodForMs: number;
}

/** What a login is asked for with; secret. */
type Grant =
  | { readonly deviceCode: string }
  | { readonly code: string; readonly codeVerifier: string; readonly redirectUri: string };

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const CODE_GRANT = 'authorization_code';
/** RFC 8628, 3.2. */
const INTERVAL_SECONDS = 5;

/** https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['AccessDeniedException', 'the login was declined in the browser'],
  ['ExpiredTokenException', 'nobody confirmed the login in time'],
  ['InvalidGrantException', 'IAM Identity Center does not take the code of this login'],
]);

const SSO_OIDC: Service<SSOOIDCClient> = {
  name: 'sso_oidc',
  stale: [],
  create: (config) => new SSOOIDCClient(config),
  endpoint: ({ config }, parameters) => config.endpointProvider(parameters).url,
};

/** Makes the calls of IAM Identity Center's OIDC service. `now` is the clock of this machine. */
export function createSsoOidc(door: Door, now: () => Date): SsoOidc {
  const { call, endpoint } = createCalls(door, SSO_OIDC);
  const inFuture = (seconds: number) => new Date(now().getTime() + seconds * 1_000);
  return {
    endpoint,
    async registerClient({ name, scopes, browser }, signal) {
      const input = {
        clientName: name,
        clientType: 'public',
        ...(scopes.length === 0 ? {} : { scopes: [...scopes] }),
        ...(browser === undefined
          ? {}
          : {
              grantTypes: [CODE_GRANT, 'refresh_token'],
              redirectUris: [browser.redirectUri],
              issuerUrl: browser.issuerUrl,
            }),
      };
      const given = await call('RegisterClient', undefined, signal, (client, options) =>
        client.send(new RegisterClientCommand(input), options),
      );
      const { clientId, clientSecret, clientSecretExpiresAt: end } = given;
      if (!clientId || !clientSecret || end === undefined) throw lacking('RegisterClient');
      return { clientId, clientSecret, expiresAt: new Date(end * 1_000) };
    },
    async startDevice({ clientId, clientSecret }, startUrl, signal) {
      const input = { clientId, clientSecret, startUrl };
      const given = await call('StartDeviceAuthorization', startUrl, signal, (client, options) =>
        client.send(new StartDeviceAuthorizationCommand(input), options).catch(unlessUnknown(startUrl)),
      );
      if (given === undefined) return undefined;
      const { deviceCode, userCode, verificationUri: page, expiresIn } = given;
      if (!deviceCode || !userCode || !page || !expiresIn) throw lacking('StartDeviceAuthorization');
      return {
        deviceCode,
        userCode,
        page,
        wholePage: given.verificationUriComplete || page,
        intervalMs: (given.interval || INTERVAL_SECONDS) * 1_000,
        goodForMs: expiresIn * 1_000,
      };
    },
    async createToken({ clientId, clientSecret }, grant, signal) {
      const grantType = 'deviceCode' in grant ? DEVICE_GRANT : CODE_GRANT;
      const input = { clientId, clientSecret, grantType, ...grant };
      const given = await call('CreateToken', undefined, signal, (client, options) =>
        client.send(new CreateTokenCommand(input), options).catch(readRefusal),
      );
      if (typeof given === 'string') return given;
      const { accessToken, expiresIn, refreshToken } = given;
      if (!accessToken || !expiresIn) throw lacking('CreateToken');
      return { accessToken, expiresAt: inFuture(expiresIn), refreshToken };
    },
  };
}

/** A client that is not known any more is registered again. Throws `sso-not-configured`, and any other error as it is. */
function unlessUnknown(startUrl: string): (error: unknown) => undefined {
  return (error) => {
    if (nameOf(error) === 'InvalidRequestException')
      throw new HotpassError(
        'sso-not-configured',
        `IAM Identity Center knows no start URL ${startUrl} in this sso_region`,
        { hint: 'aws configure sso', cause: error },
      );
    if (nameOf(error) !== 'InvalidClientException') throw error;
  };
}

/** Gives the word for a login that is not there yet. Throws `login-failed`, and any other error as it is. */
function readRefusal(error: unknown): 'pending' | 'slow-down' {
  const name = nameOf(error);
  if (name === 'AuthorizationPendingException') return 'pending';
  if (name === 'SlowDownException') return 'slow-down';
  const words = REFUSALS.get(name);
  throw words === undefined ? error : new HotpassError('login-failed', words, { cause: error });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function lacking(action: string): HotpassError {
  return new HotpassError('aws-failed', `sso_oidc:${action}: the answer is not whole`);
}
