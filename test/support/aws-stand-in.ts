import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { portOf } from './ports.ts';

/** What gives credentials in AWS beside Systems Manager, on loopback: STS, IAM Identity Center, a container's agent. */
export interface AwsStandIn {
  readonly url: string;
  /** For the processes that are to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Each request as `METHOD /path` and, of STS, its action. */
  readonly asked: string[];
  /** The access key id that it gives from now on. */
  accessKeyId: string;
  /** How long what it gives is good for, from now on. Default: an hour. */
  goodForMs: number;
  /** Answers with this error from now on, where there is one. */
  refusal: { readonly status: number; readonly type: string; readonly message: string } | undefined;
  close(): Promise<void>;
}

/** Secret that every answer holds. */
export const GIVEN_SECRET = 'given/K7MDENG+bPxRfiCYEXAMPLEKEY';

/** Where people log in to the rehearsed IAM Identity Center. */
export const START_URL = 'https://acme.awsapps.com/start';

/** Starts the stand-in on a free port. */
export async function startAwsStandIn(): Promise<AwsStandIn> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    const action = /(?:^|&)Action=(\w+)/.exec(body)?.[1];
    standIn.asked.push(`${request.method} ${pathname}${action === undefined ? '' : ` ${action}`}`);
    const { refusal } = standIn;
    if (refusal !== undefined) {
      response.statusCode = refusal.status;
      response.setHeader('x-amzn-errortype', refusal.type);
      return void response.end(
        action === undefined ? JSON.stringify({ message: refusal.message }) : xmlError(refusal),
      );
    }
    if (action !== undefined) response.setHeader('content-type', 'text/xml');
    response.end(action === undefined ? JSON.stringify(answer(pathname)) : xmlAnswer(action));
  });
  const answer = (pathname: string): object => {
    const keys = {
      accessKeyId: standIn.accessKeyId,
      secretAccessKey: GIVEN_SECRET,
      sessionToken: `${GIVEN_SECRET}/token`,
    };
    if (pathname === '/federation/credentials')
      return { roleCredentials: { ...keys, expiration: Date.now() + standIn.goodForMs } };
    if (pathname === '/token')
      return { accessToken: 'fresh-access-token', expiresIn: 28_800, tokenType: 'Bearer' };
    return {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      Token: keys.sessionToken,
      Expiration: new Date(Date.now() + standIn.goodForMs).toISOString(),
    };
  };
  const xmlAnswer = (action: string) =>
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials><AccessKeyId>${standIn.accessKeyId}</AccessKeyId><SecretAccessKey>${GIVEN_SECRET}</SecretAccessKey><SessionToken>${GIVEN_SECRET}/token</SessionToken><Expiration>${new Date(Date.now() + standIn.goodForMs).toISOString()}</Expiration></Credentials></${action}Result></${action}Response>`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server.address());
  const url = `http://127.0.0.1:${port}`;
  const standIn: AwsStandIn = {
    url,
    env: {
      AWS_ENDPOINT_URL_STS: url,
      AWS_ENDPOINT_URL_SSO: url,
      AWS_ENDPOINT_URL_SSO_OIDC: url,
    },
    asked: [],
    accessKeyId: 'AKIDREHEARSED',
    goodForMs: 3_600_000,
    refusal: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}

function xmlError({ type, message }: { readonly type: string; readonly message: string }): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${type}</Code><Message>${message}</Message></Error></ErrorResponse>`;
}

/** What a login leaves in the home folder: path and content. `name` is that of the session, or the start URL. */
export function loginFile(name: string, goodForMs: number): Record<string, string> {
  const hash = createHash('sha1').update(name).digest('hex');
  return {
    [`.aws/sso/cache/${hash}.json`]: JSON.stringify({
      startUrl: START_URL,
      region: 'eu-west-1',
      accessToken: 'an-access-token',
      expiresAt: new Date(Date.now() + goodForMs).toISOString(),
    }),
  };
}
