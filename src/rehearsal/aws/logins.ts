import { randomBytes } from 'node:crypto';

/** A program that people log in with. */
export interface Client {
  readonly secret: string;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

/** A login by code on another device. */
interface DeviceLogin {
  readonly clientId: string;
  readonly userCode: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Told by whoever opened the page of the code. */
  isConfirmed: boolean;
}

/** A login by a browser on this machine, confirmed. */
interface BrowserLogin {
  readonly clientId: string;
  readonly redirectUri: string;
  /** SHA-256 of what the program has kept for itself, base64url. */
  readonly challenge: string;
}

/** What IAM Identity Center keeps of logins; all by their secret names. */
export interface Logins {
  readonly clients: Map<string, Client>;
  readonly devices: Map<string, DeviceLogin>;
  readonly browsers: Map<string, BrowserLogin>;
  /** Refresh token to the client that has it. */
  readonly refreshTokens: Map<string, string>;
  /** Access token to when it expires, milliseconds since 1970. */
  readonly accessTokens: Map<string, number>;
}

/** Makes it; tokens that are good from the start do not expire. */
export function createLogins(accessTokens: readonly string[]): Logins {
  return {
    clients: new Map(),
    devices: new Map(),
    browsers: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(accessTokens.map((one) => [one, Number.POSITIVE_INFINITY])),
  };
}

/** Makes a name that nobody guesses. */
export function newSecret(): string {
  return randomBytes(30).toString('base64url');
}
