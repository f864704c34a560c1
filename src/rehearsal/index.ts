import { startMarquez } from './marquez.ts';
import { startPrefect } from './prefect.ts';
import { startSsm } from './ssm/index.ts';
import { FAULTS, type FaultWord, isFaultWord, letFail } from './staging-faults.ts';

/** A staging on loopback, to be gone to by the real protocols. */
export interface RehearsedStaging {
  readonly address: {
    /** Of Systems Manager, as `http://127.0.0.1:41000`. */
    readonly endpoint: string;
    readonly region: string;
    /** Good here and nowhere else. */
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly instance: string;
  };
  /** Where each service really is; the agent knows them by their names in staging. */
  readonly services: { readonly prefect: string; readonly marquez: string };
  readonly faults: readonly FaultWord[];
  /** Lets something go wrong, or all be right again, and says what. Throws for a word that is none of `faults`. */
  fault(word: string): string;
  close(): Promise<void>;
}

/** What the web UI calls: right for whoever has the tunnel on the port that it has by default. */
const UI_API_URL = 'http://127.0.0.1:4200/api';
const CALLER = { accessKeyId: 'AKIDREHEARSED', name: 'operator' } as const;
const INSTANCE = {
  id: 'i-0abc12def3456789a',
  name: 'bastion-a',
  tags: { Name: 'bastion-a', Role: 'bastion' },
} as const;

/** Starts a staging: Systems Manager with one instance, and a Prefect and a Marquez that its agent reaches. */
export async function startStaging(): Promise<RehearsedStaging> {
  const [prefect, marquez] = await Promise.all([startPrefect({ uiApiUrl: UI_API_URL }), startMarquez()]);
  const hosts = {
    'prefect.staging.internal:4200': `127.0.0.1:${prefect.port}`,
    'marquez.staging.internal:5000': `127.0.0.1:${marquez.port}`,
  };
  const ssm = await startSsm({ instances: [INSTANCE], callers: [CALLER], hosts });
  return {
    address: {
      endpoint: ssm.url,
      region: 'eu-west-1',
      accessKeyId: CALLER.accessKeyId,
      // A signature is looked at for whose it is; the secret is never compared.
      secretAccessKey: 'rehearsed-and-good-nowhere-else',
      instance: INSTANCE.id,
    },
    services: { prefect: prefect.url, marquez: marquez.url },
    faults: FAULTS,
    fault(word) {
      if (!isFaultWord(word)) throw new Error(`"${word}" is none of ${FAULTS.join(', ')}`);
      return letFail(ssm, CALLER.accessKeyId, word);
    },
    async close() {
      await Promise.all([ssm.close(), prefect.close(), marquez.close()]);
    },
  };
}
