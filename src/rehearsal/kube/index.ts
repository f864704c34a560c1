import { answerKube } from './api.ts';
import { createAuthority } from './certificates.ts';
import { createKubeControls, type KubeControls } from './controls.ts';
import { type FrontCall, startFront } from './front.ts';
import { createFrontFaults } from './front-faults.ts';
import { startIssuer } from './issuer.ts';
import { DEFAULT_NAME, type StartKubernetes } from './options.ts';
import { createServiceTokens } from './service-tokens.ts';
import { internalError, unauthorized } from './status.ts';

/** A cluster's Kubernetes API and its OIDC issuer, on loopback. */
export interface RehearsedKubernetes extends KubeControls {
  /** Of the API server. */
  readonly port: number;
  /** As DescribeCluster gives it: `https://NAME`, with the port where the name is of this machine. */
  readonly endpoint: string;
  /** Certificate of the cluster's authority, PEM; the issuer's is signed by it too. */
  readonly ca: string;
  /** As DescribeCluster gives it: `https://127.0.0.1:41000/id/…`. */
  readonly issuer: string;
  /** Public keys (JWK) of the issuer. */
  keys(): readonly Readonly<Record<string, unknown>>[];
  /** Every request to the API server, in order of arrival. */
  calls(): readonly FrontCall[];
  /** Every request to the issuer, in order of arrival. */
  issuerCalls(): readonly FrontCall[];
  /** Why tokens were refused, in the verifier's words and in order. */
  refusals(): readonly string[];
  close(): Promise<void>;
}

/** Starts the API server of a cluster, and its issuer, on free ports of 127.0.0.1. */
export async function startKubernetes(options: StartKubernetes): Promise<RehearsedKubernetes> {
  const authority = createAuthority('kubernetes');
  const name = options.name ?? DEFAULT_NAME;
  const tokens = createServiceTokens();
  const faults = createFrontFaults();
  const refusals: string[] = [];
  const issuer = await startIssuer(authority, tokens);
  const front = await startFront({
    authority,
    names: [name, 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    faults,
    answer(request) {
      if (faults.status === 401) return unauthorized();
      if (faults.status !== undefined) return internalError(faults.status);
      const onRefused = (why: string) => void refusals.push(why);
      return answerKube({ options, tokens, issuer: issuer.url, onRefused }, request);
    },
  });
  return {
    ...createKubeControls(front, faults, issuer),
    port: front.port,
    endpoint: name === 'localhost' ? `https://localhost:${front.port}` : `https://${name}`,
    ca: authority.pem,
    issuer: issuer.url,
    keys: tokens.keys,
    calls: () => front.calls,
    issuerCalls: () => issuer.front.calls,
    refusals: () => refusals,
    async close() {
      await Promise.all([front.close(), issuer.front.close()]);
    },
  };
}
