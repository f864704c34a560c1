import type { IncomingHttpHeaders } from 'node:http';

/** Who a signature belongs to, as GetCallerIdentity says it. */
export interface SignedBy {
  readonly arn: string;
  /** 12 digits. */
  readonly account: string;
  readonly userId: string;
}

/**
 * Verifies a presigned GetCallerIdentity as STS does; undefined when STS would refuse it. `headers` are those that come
 * with it; the host is that of the URL.
 */
export type WhoSigned = (url: string, headers: IncomingHttpHeaders) => SignedBy | undefined;
