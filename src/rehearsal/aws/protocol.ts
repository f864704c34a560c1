import type { IncomingHttpHeaders } from 'node:http';
import type { SsmCore } from '../ssm/core.ts';
import { parseJson } from '../ssm/json.ts';
import { admit } from './admission.ts';
import type { Caller } from './callers.ts';
import { performEks, readEksCall } from './eks.ts';
import { performIam } from './iam.ts';
import { readParameters, writeError, writeResult } from './query-protocol.ts';
import { Refusal, type ServiceError, toServiceError } from './refusal.ts';
import { type AwsRequest, headerAt } from './request.ts';
import { performSsoOidc } from './sso-oidc.ts';
import { answerBrowser } from './sso-pages.ts';
import { getRoleCredentials } from './sso-portal.ts';
import { performSts, performUnsignedSts } from './sts.ts';
import { authorize, type World } from './world.ts';

/** An answer to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the services work on. */
export interface Ground {
  readonly world: World;
  readonly ssm: SsmCore;
  /** `http://127.0.0.1:4000`. */
  url(): string;
}

/** How a service is spoken to. */
export interface Protocol {
  /** Names the call, as `DescribeCluster`. */
  actionOf(request: AwsRequest): string;
  /** Does it; `onCaller` hears who asked as soon as that is known. Throws a Refusal or a ServiceError. */
  perform(ground: Ground, request: AwsRequest, onCaller: (caller: Caller) => void): Answer;
  /** Says what was thrown. */
  refuse(thrown: unknown): { readonly answer: Answer; readonly code: string };
}

const XML = { 'content-type': 'text/xml' } as const;

export const STS: Protocol = queryProtocol('sts', (world, request, action, onCaller) => {
  const parameters = readParameters(request);
  const given = performUnsignedSts(world, action, parameters);
  if (given !== undefined) return given;
  const { caller } = admit(world, request);
  onCaller(caller);
  return performSts(world, caller, action, parameters);
});

export const IAM: Protocol = queryProtocol('iam', (world, request, action, onCaller) => {
  const { caller } = admit(world, request);
  onCaller(caller);
  return performIam(world, caller, action, readParameters(request));
});

export const EKS: Protocol = {
  actionOf: (request) => readEksCall(request).action,
  perform({ world }, request, onCaller) {
    const { caller, signature } = admit(world, request);
    onCaller(caller);
    return json(200, performEks(world, caller, signature.region, readEksCall(request), request));
  },
  refuse: (thrown) => refuseInJson(toServiceError(thrown, 'json')),
};

export const SSM: Protocol = {
  actionOf: (request) => /^AmazonSSM\.(\w+)$/.exec(headerAt(request, 'x-amz-target') ?? '')?.[1] ?? '',
  perform({ world, ssm }, request, onCaller) {
    const { caller, signature } = admit(world, request);
    onCaller(caller);
    authorize(world, caller, `ssm:${SSM.actionOf(request)}`, `arn:aws:ssm:${signature.region}:${world.id}:*`);
    const { status, body } = ssm.answer(request.headers, request.body.toString('utf8'));
    return { ...json(status, body), headers: { 'content-type': 'application/x-amz-json-1.1' } };
  },
  refuse(thrown) {
    const { code, message } = toServiceError(thrown, 'json');
    // This protocol has the code in the body, and no status but this.
    const body = { __type: code, message, Message: message };
    return {
      answer: { ...json(400, body), headers: { 'content-type': 'application/x-amz-json-1.1' } },
      code,
    };
  },
};

/** [method and path, action] */
const OIDC_CALLS: Readonly<Record<string, string>> = {
  'POST /client/register': 'RegisterClient',
  'POST /device_authorization': 'StartDeviceAuthorization',
  'POST /token': 'CreateToken',
  'GET /authorize': 'Authorize',
  'GET /device': 'ConfirmDevice',
};

export const SSO_OIDC: Protocol = {
  actionOf: ({ method, path }) => OIDC_CALLS[`${method} ${path}`] ?? '',
  perform({ world, url }, request) {
    if (request.method === 'GET') return answerBrowser(world, request);
    const body = parseJson(request.body.toString('utf8'));
    return json(200, performSsoOidc(world, url(), SSO_OIDC.actionOf(request), body));
  },
  refuse: (thrown) => refuseInJson(toServiceError(thrown, 'json')),
};

export const SSO: Protocol = {
  actionOf: ({ method, path }) =>
    method === 'GET' && path === '/federation/credentials' ? 'GetRoleCredentials' : '',
  perform({ world }, request, onCaller) {
    if (SSO.actionOf(request) === '') throw new Refusal('unknown-operation', '');
    return json(200, getRoleCredentials(world, request, onCaller));
  },
  refuse: (thrown) => refuseInJson(toServiceError(thrown, 'json')),
};

/** Makes an answer in JSON. */
function json(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Makes a refusal as services do whose calls are paths. */
function refuseInJson({ status, code, message, details }: ServiceError) {
  const answer = json(status, { ...details, message });
  return { answer: { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } }, code };
}

function queryProtocol(
  service: 'sts' | 'iam',
  perform: (
    world: World,
    request: AwsRequest,
    action: string,
    onCaller: (caller: Caller) => void,
  ) => Parameters<typeof writeResult>[2],
): Protocol {
  const actionOf = (request: AwsRequest) => readParameters(request).get('Action') ?? '';
  return {
    actionOf,
    perform({ world }, request, onCaller) {
      const action = actionOf(request);
      const result = perform(world, request, action, onCaller);
      return { status: 200, headers: XML, body: writeResult(service, action, result) };
    },
    refuse(thrown) {
      const error = toServiceError(thrown, 'query');
      return {
        answer: { status: error.status, headers: XML, body: writeError(service, error) },
        code: error.code,
      };
    },
  };
}
