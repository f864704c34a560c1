import type { StartedSession, StartSession } from '../../../aws.ts';
import type { Environment } from '../../../system.ts';
import { PLUGIN } from './check-plugin.ts';
import type { ServiceRelay } from './service-relay.ts';

export interface PluginStart {
  readonly region: string;
  readonly start: StartSession;
  readonly started: StartedSession;
  readonly relay: Pick<ServiceRelay, 'url' | 'accessKeyId'>;
  /** Environment of the session's processes. */
  readonly env: Environment;
}

/** The plugin takes any name that begins like this for that of a variable. */
const RESPONSE = 'AWS_SSM_START_SESSION_RESPONSE';

/**
 * Says how the plugin is started for a session: as the AWS CLI does it (awscli customizations/sessionmanager.py), with
 * the token in the environment and not in argv, and with no credentials but those for our own relay.
 * Its working folder must be private: it makes a socket of its own there. Pure.
 */
export function pluginStart({ region, start, started, relay, env }: PluginStart): {
  readonly argv: readonly [string, ...string[]];
  readonly env: Environment;
} {
  const response = { SessionId: started.sessionId, StreamUrl: started.streamUrl, TokenValue: started.token };
  const request = {
    Target: start.target,
    DocumentName: start.document,
    Parameters: start.parameters,
    Reason: start.reason,
  };
  const others = Object.entries(env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    argv: [PLUGIN, RESPONSE, region, 'StartSession', '', JSON.stringify(request), relay.url],
    env: {
      ...Object.fromEntries(others),
      // Its working folder: the system limits the length of a socket's path.
      TMPDIR: '.',
      AWS_ACCESS_KEY_ID: relay.accessKeyId,
      AWS_SECRET_ACCESS_KEY: relay.accessKeyId,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      // It would sign its websocket with those: the token is all that the service asks for.
      SSM_PLUGIN_SKIP_CLIENT_CONFIGURE: 'true',
      [RESPONSE]: JSON.stringify(response),
    },
  };
}
