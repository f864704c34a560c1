import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { AwsSettings } from '../settings.ts';

const ATTEMPTS = 3;

/** What every client of AWS is made with. */
export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly useFipsEndpoint?: boolean;
  readonly useDualstackEndpoint?: boolean;
  readonly requestHandler: NodeHttpHandler;
  readonly maxAttempts: number;
  readonly retryMode: 'standard';
  readonly credentials: () => Promise<AwsCredentialIdentity>;
}

/** Makes it; `endpoint` is what somebody set in place of the service's own address. */
export function clientConfig(
  { region, useFips, useDualstack }: AwsSettings,
  http: NodeHttpHandler,
  credentials: () => Promise<AwsCredentialIdentity>,
  endpoint: URL | undefined,
): ClientConfig {
  return {
    region,
    ...(endpoint === undefined
      ? { useFipsEndpoint: useFips, useDualstackEndpoint: useDualstack }
      : { endpoint: endpoint.href }),
    requestHandler: http,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    credentials,
  };
}
