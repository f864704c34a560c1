import type { ErrorCode } from '../../../error-codes.ts';
import { HotpassError } from '../../../errors.ts';
import type { Keys } from '../credentials/keys.ts';
import { explainError } from '../explain/explain-error.ts';
import type { AwsSettings } from '../settings.ts';
import { type ClientConfig, clientConfig } from './client-config.ts';
import { withDeadline } from './deadline.ts';
import type { Door } from './door.ts';
import type { AwsService } from './endpoints.ts';

/** Makes calls with credentials that are looked for anew as soon as the service does not take the ones in hand. */
export interface Calls<Client> {
  readonly endpoint: URL;
  /** Makes one call, again when the network or the service want it. Throws what `SsmApi` names. */
  call<T>(
    action: string,
    about: string | undefined,
    signal: AbortSignal,
    send: (client: Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T>;
}

/** How the client of a service is made. */
export interface Service<Client> {
  /** As IAM has it before the colon of an action. */
  readonly name: AwsService;
  /** Errors that other credentials may mend: these are looked for anew, and the call is made once more. */
  readonly stale: readonly ErrorCode[];
  create(config: ClientConfig): Client;
  /** Gives the service's own address. */
  endpoint(client: Client, parameters: EndpointParameters): URL;
}

type EndpointParameters = Readonly<Record<'Region', string> & Record<'UseFIPS' | 'UseDualStack', boolean>>;

/** Makes the calls of one service. Throws `usage` for an address that is none. */
export function createCalls<Client>(door: Door, service: Service<Client>): Calls<Client> {
  const { settings } = door;
  const { region, profile } = settings;
  const set = settings.endpointOf(service.name);
  const clients = new WeakMap<Keys, Client>();
  const clientOf = (keys: Keys) => {
    const client = clients.get(keys) ?? service.create(clientConfig(settings, door.http, keys.get, set));
    clients.set(keys, client);
    return client;
  };
  const endpoint = set ?? service.endpoint(clientOf(door.keys()), endpointParameters(settings));

  async function once<T>(
    keys: Keys,
    action: string,
    about: string | undefined,
    signal: AbortSignal,
    send: (client: Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const name = `${service.name}:${action}`;
    try {
      return await withDeadline(endpoint.host, name, signal, (abortSignal) =>
        send(clientOf(keys), { abortSignal }),
      );
    } catch (error) {
      throw explainError(error, {
        action: name,
        about,
        endpoint,
        region,
        profile,
        secrets: [...keys.secrets],
        clockOffsetMs: door.clock.offsetMs(),
      });
    }
  }

  return {
    endpoint,
    async call(action, about, signal, send) {
      const used = door.keys();
      const isOld = used.secrets.size > 0;
      try {
        return await once(used, action, about, signal, send);
      } catch (error) {
        if (!(error instanceof HotpassError) || !service.stale.includes(error.code)) throw error;
        door.renewKeys(used);
        if (!isOld) throw error;
        return await once(door.keys(), action, about, signal, send);
      }
    },
  };
}

function endpointParameters({ region, useFips, useDualstack }: AwsSettings): EndpointParameters {
  return { Region: region, UseFIPS: useFips, UseDualStack: useDualstack };
}
