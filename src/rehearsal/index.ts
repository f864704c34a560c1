import { startCloud } from './cloud.ts';
import { startMarquez } from './marquez.ts';
import { startPrefect } from './prefect.ts';
import {
  ACCOUNT_ID,
  CALLER,
  CLUSTER,
  HOSTS,
  INSTANCE,
  KUBERNETES,
  NAMESPACE,
  REGION,
  ROLE_PATTERN,
  SERVICE_ACCOUNT,
  stagingAccount,
} from './staging.ts';
import { FAULTS, type FaultWord, isFaultWord, letFail } from './staging-faults.ts';

/** A staging on loopback, to be gone to by the real protocols. */
export interface RehearsedStaging {
  readonly address: {
    /** Of all services of AWS, as `http://127.0.0.1:41000`. */
    readonly endpoint: string;
    readonly region: string;
    /** Good here and nowhere else. */
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Id of the account. */
    readonly account: string;
    /** Name of the role that the keys are of; `*` stands for any characters. */
    readonly rolePattern: string;
    readonly instance: string;
    /** What the agent knows services by, as `prefect.staging.internal:4200`. */
    readonly hosts: Readonly<Record<string, string>>;
    readonly cluster: {
      readonly name: string;
      readonly endpoint: string;
      /** Certificate of its own authority, PEM; its issuer's is signed by it too. */
      readonly ca: string;
      readonly namespace: string;
      /** A service account in it, which may take on the role of the same name. */
      readonly serviceAccount: string;
    };
  };
  /** Where each service really is; the agent knows them by their names in staging. */
  readonly services: { readonly prefect: string; readonly marquez: string; readonly kubernetes: string };
  readonly faults: readonly FaultWord[];
  /** Lets something go wrong, or all be right again, and says what. Throws for a word that is none of `faults`. */
  fault(word: string): string;
  close(): Promise<void>;
}

/** What the web UI calls: right for whoever has the tunnel on the port that it has by default. */
const UI_API_URL = 'http://127.0.0.1:4200/api';

/**
 * Starts a staging: an AWS account with one managed instance, and what its agent reaches: a Prefect, a Marquez and the
 * private endpoint of a Kubernetes cluster.
 */
export async function startStaging(): Promise<RehearsedStaging> {
  const [prefect, marquez] = await Promise.all([startPrefect({ uiApiUrl: UI_API_URL }), startMarquez()]);
  const cloud = await startCloud({
    cluster: CLUSTER,
    account: stagingAccount,
    kubernetes: KUBERNETES,
    ssm: {
      instances: [INSTANCE],
      hosts: {
        [HOSTS.prefect]: `127.0.0.1:${prefect.port}`,
        [HOSTS.marquez]: `127.0.0.1:${marquez.port}`,
      },
    },
  });
  const { endpoint, ca, port } = cloud.kubernetes;
  const { accessKeyId, secretAccessKey } = CALLER;
  return {
    address: {
      endpoint: cloud.aws.url,
      region: REGION,
      accessKeyId,
      secretAccessKey,
      account: ACCOUNT_ID,
      rolePattern: ROLE_PATTERN,
      instance: INSTANCE.id,
      hosts: HOSTS,
      cluster: { name: CLUSTER.name, endpoint, ca, namespace: NAMESPACE, serviceAccount: SERVICE_ACCOUNT },
    },
    services: { prefect: prefect.url, marquez: marquez.url, kubernetes: `https://127.0.0.1:${port}` },
    faults: FAULTS,
    fault(word) {
      if (!isFaultWord(word)) throw new Error(`"${word}" is none of ${FAULTS.join(', ')}`);
      return letFail(cloud, word);
    },
    async close() {
      await Promise.all([cloud.close(), prefect.close(), marquez.close()]);
    },
  };
}
