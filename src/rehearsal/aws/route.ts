import { SERVICES, type ServiceName } from './fault-board.ts';
import { readParameters } from './query-protocol.ts';
import { type AwsRequest, headerAt, queryAt } from './request.ts';

const PATHS: readonly (readonly [path: RegExp, service: ServiceName])[] = [
  [/^\/(client\/register|device_authorization|token|authorize|device)$/, 'sso-oidc'],
  [/^\/(federation\/credentials|logout)$/, 'sso'],
  [/^\/clusters(\/|$)/, 'eks'],
];
/** The version that a call of STS names; IAM has another. */
const STS_VERSION = '2011-06-15';

/** Finds the service that a request is for: by its path or its signature, or by what is in it. */
export function findService(request: AwsRequest): ServiceName {
  const byPath = PATHS.find(([path]) => path.test(request.path));
  if (byPath !== undefined) return byPath[1];
  if (headerAt(request, 'x-amz-target')?.startsWith('AmazonSSM.')) return 'ssm';
  const scope = headerAt(request, 'authorization') ?? queryAt(request, 'X-Amz-Credential') ?? '';
  const signedFor = /\/([a-z-]+)\/aws4_request/.exec(scope)?.[1];
  const isStated = SERVICES.find((one) => one === signedFor);
  return isStated ?? (readParameters(request).get('Version') === STS_VERSION ? 'sts' : 'iam');
}
