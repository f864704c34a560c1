import type { Agent } from 'node:https';
import { SSMClient } from '@aws-sdk/client-ssm';
import { state as versionWarning } from '@aws-sdk/core/client';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HotpassError } from '../../errors.ts';
import { followSignals, whenAborted } from '../../signals.ts';
import type { Environment } from '../../system.ts';
import { createAgent } from './agent.ts';
import { readCertificates } from './certificates.ts';
import { searchCredentials } from './credentials.ts';
import { explainError } from './explain-error.ts';
import { explainSearch } from './explain-search.ts';
import type { AwsSettings } from './settings.ts';

/** Makes calls with credentials that are looked for anew as soon as the service does not take the ones in hand. */
export interface Calls {
  readonly endpoint: URL;
  readonly agent: Agent | undefined;
  /** Makes one call, again when the network or the service want it. Throws what `SsmApi` names. */
  call<T>(
    action: string,
    about: string | undefined,
    signal: AbortSignal,
    send: (client: SSMClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T>;
}

const ATTEMPTS = 3;
const CONNECT_MS = 5_000;
const ANSWER_MS = 7_000;
/** Longest time for a call with all its tries: a credential_process may ask a person. */
const CALL_MS = 60_000;
/** What a login elsewhere, or another key in the file, may have mended. */
const STALE: readonly string[] = [
  'access-denied',
  'credentials-expired',
  'credentials-missing',
  'sso-expired',
];

/** A client, and the secrets that it got to know. */
interface Connection {
  readonly client: SSMClient;
  readonly secrets: ReadonlySet<string>;
}

/** Makes the door for calls with these settings. Throws `file-not-found` for a bundle of certificates. */
export async function createCalls(env: Environment, settings: AwsSettings): Promise<Calls> {
  // Node 20 is our floor, and stderr is ours.
  versionWarning.warningEmitted = true;
  const agent = createAgent(env, await readCertificates(env, settings));
  const http = createHttp(agent);
  const connect = () => openConnection(env, settings, http);
  let current: Connection | undefined = connect();
  const endpoint = settings.endpoint ?? ownEndpoint(current.client, settings);

  async function once<T>(
    connection: Connection,
    action: string,
    about: string | undefined,
    signal: AbortSignal,
    send: (client: SSMClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const following = followSignals(signal);
    const late = setTimeout(following.abort, CALL_MS).unref();
    const name = `ssm:${action}`;
    const givenUp = whenAborted(following.signal).then(() => {
      throw signal.aborted
        ? new HotpassError('interrupted', `${name} was given up`)
        : new HotpassError(
            'aws-unreachable',
            `${endpoint.host} gave no answer to ${name} in ${CALL_MS / 1_000} s`,
          );
    });
    try {
      return await Promise.race([send(connection.client, { abortSignal: following.signal }), givenUp]);
    } catch (error) {
      const { region, profile } = settings;
      const secrets = [...connection.secrets];
      throw explainError(error, { action: name, about, host: endpoint.host, region, profile, secrets });
    } finally {
      clearTimeout(late);
      following.free();
    }
  }

  return {
    endpoint,
    agent,
    async call(action, about, signal, send) {
      current ??= connect();
      const used = current;
      const isOld = used.secrets.size > 0;
      try {
        return await once(used, action, about, signal, send);
      } catch (error) {
        if (!(error instanceof HotpassError) || !STALE.includes(error.code)) throw error;
        if (current === used) current = undefined;
        if (!isOld) throw error;
        current ??= connect();
        return await once(current, action, about, signal, send);
      }
    },
  };
}

function openConnection(env: Environment, settings: AwsSettings, http: NodeHttpHandler): Connection {
  const find = searchCredentials(env, settings, http);
  const secrets = new Set<string>();
  const { region, endpoint, useFips, useDualstack } = settings;
  const client = new SSMClient({
    region,
    ...(endpoint === undefined
      ? { useFipsEndpoint: useFips, useDualstackEndpoint: useDualstack }
      : { endpoint: endpoint.href }),
    requestHandler: http,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    async credentials() {
      const found = await find().catch((error: unknown) => {
        throw explainSearch(error, settings.profile);
      });
      secrets.add(found.secretAccessKey).add(found.sessionToken ?? '');
      return found;
    },
  });
  return { client, secrets };
}

function createHttp(agent: Agent | undefined): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
    ...(agent === undefined ? {} : { httpsAgent: agent }),
  });
}

function ownEndpoint({ config }: SSMClient, { region, useFips, useDualstack }: AwsSettings): URL {
  return config.endpointProvider({ Region: region, UseFIPS: useFips, UseDualStack: useDualstack }).url;
}
