import { buildQueryString, HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity, ChecksumConstructor } from '@smithy/types';
import type { ClusterToken } from '../../../aws.ts';

/** The argument object of `signClusterToken`. */
export interface SignClusterToken {
  /** Name of the cluster; for one on an Outpost its id. */
  readonly cluster: string;
  readonly region: string;
  /** Where the cluster is to ask: `stsEndpoint`, or what AWS_ENDPOINT_URL_STS names. */
  readonly endpoint: URL;
  /** Secret. */
  readonly credentials: AwsCredentialIdentity;
  readonly now: Date;
}

/** What the AWS CLI says too: the cluster takes a token for 15 minutes from its signature on. */
const GOOD_FOR_MS = 14 * 60_000;
/** The cluster knows no other value, and does not look at it. */
const EXPIRES_SECONDS = 60;

/**
 * Signs the question that a cluster passes on to STS to learn who one is. The verifier takes `/`, Action, Version and
 * X-Amz-* alone, which is why no client makes this URL: it would add a parameter of its own.
 * https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go
 */
export async function signClusterToken(wish: SignClusterToken): Promise<ClusterToken> {
  const { cluster, region, endpoint, credentials, now } = wish;
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const request = new HttpRequest({
    method: 'GET',
    path: endpoint.pathname,
    headers: { host: endpoint.host, 'x-k8s-aws-id': cluster },
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
  });
  const { query = {} } = await signer.presign(request, { signingDate: now, expiresIn: EXPIRES_SECONDS });
  const url = `${endpoint.protocol}//${endpoint.host}${endpoint.pathname}?${buildQueryString(query)}`;
  return {
    token: `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`,
    expiresAt: endOf(now, credentials.expiration),
  };
}

/** A token dies with the credentials that signed it. */
function endOf(now: Date, credentialsEnd: Date | undefined): Date {
  const own = now.getTime() + GOOD_FOR_MS;
  return new Date(Math.min(own, credentialsEnd?.getTime() ?? own));
}

const Sha256: ChecksumConstructor = Hash.bind(null, 'sha256');
