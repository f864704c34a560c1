import { request } from 'node:https';
import { onTestFinished } from 'vitest';
import type { RehearsedCluster } from '../../../src/rehearsal/aws/account.ts';
import type { WhoSigned } from '../../../src/rehearsal/aws/who-signed.ts';
import { type RehearsedKubernetes, startKubernetes } from '../../../src/rehearsal/kube/index.ts';
import type { StartKubernetes } from '../../../src/rehearsal/kube/options.ts';

export const CLUSTER: RehearsedCluster = {
  name: 'hotpass-staging',
  accessEntries: [
    {
      principalArn:
        'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_DataOps_1a2b',
      groups: ['dataops'],
    },
  ],
};

/** The caller that `AKIDANN` stands for; no other signature is good here. */
export const ANN = {
  arn: 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DataOps_1a2b/ann@example.com',
  account: '123456789012',
  userId: 'AROAEXAMPLE:ann@example.com',
};
export const ANN_USERNAME =
  'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DataOps_1a2b/ann-example.com';

/** Answers for STS: a real signature is looked at where the account is played too. */
const whoSigned: WhoSigned = (url, headers) =>
  new URL(url).searchParams.get('X-Amz-Credential')?.startsWith('AKIDANN/') === true &&
  headers['x-k8s-aws-id'] === CLUSTER.name
    ? ANN
    : undefined;

/** Starts a cluster that ends with the test. */
export async function startCluster(options: Partial<StartKubernetes> = {}): Promise<RehearsedKubernetes> {
  const kubernetes = await startKubernetes({ cluster: () => CLUSTER, whoSigned, ...options });
  onTestFinished(kubernetes.close);
  return kubernetes;
}

/** Makes a token; `change` may spoil its question. */
export function makeToken(change: (url: URL) => void = () => {}): string {
  const url = new URL('https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15');
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const parts = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `AKIDANN/${date.slice(0, 8)}/eu-west-1/sts/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    'X-Amz-Signature': '0'.repeat(64),
  };
  for (const [name, value] of Object.entries(parts)) url.searchParams.set(name, value);
  change(url);
  return tokenOf(url.href);
}

/** Writes any text as a token. */
export function tokenOf(text: string): string {
  return `k8s-aws-v1.${Buffer.from(text).toString('base64url')}`;
}

interface Ask {
  readonly method?: string;
  /** Default: Ann's. */
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Name that the certificate must have. Default: the endpoint's own. */
  readonly servername?: string;
  readonly port?: number;
  readonly signal?: AbortSignal;
}

/** Asks the API server, with the certificate and its name verified. */
export function ask(kubernetes: RehearsedKubernetes, path: string, how: Ask = {}) {
  const token = 'token' in how ? how.token : makeToken();
  return new Promise<{ status: number; text: string; body: ReturnType<typeof JSON.parse> }>(
    (resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: how.port ?? kubernetes.port,
        path,
        method: how.method ?? (how.body === undefined ? 'GET' : 'POST'),
        ca: kubernetes.ca,
        servername: how.servername ?? new URL(kubernetes.endpoint).hostname,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        agent: false,
        ...(how.signal === undefined ? {} : { signal: how.signal }),
      });
      outgoing.on('error', reject);
      outgoing.on('response', async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type'] === 'application/json';
        resolve({ status: response.statusCode ?? 0, text, body: isJson ? JSON.parse(text) : undefined });
      });
      outgoing.end(how.body === undefined ? undefined : JSON.stringify(how.body));
    },
  );
}
