import type { Agent } from 'node:https';
import { state as versionWarning } from '@aws-sdk/core/client';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Environment } from '../../../system.ts';
import { searchCredentials } from '../credentials/credentials.ts';
import type { judgeExpiredLogin } from '../credentials/expired-login.ts';
import { searchInRole } from '../credentials/in-role.ts';
import { holdKeys, type Keys } from '../credentials/keys.ts';
import { explainSearch } from '../explain/explain-search.ts';
import type { AwsSettings } from '../settings.ts';
import { createAgent } from './agent.ts';
import { readCertificates } from './certificates.ts';
import { createFarClock, DatedHttpHandler, type FarClock } from './clock.ts';

const CONNECT_MS = 5_000;
const ANSWER_MS = 7_000;

/** What all clients of one place share: the way to AWS, the credentials in hand, and what answers say of our clock. */
export interface Door {
  readonly settings: AwsSettings;
  readonly agent: Agent | undefined;
  readonly http: NodeHttpHandler;
  readonly clock: FarClock;
  /** Credentials in hand; those that come after `renewKeys` are looked for anew. */
  keys(): Keys;
  /** Lets go of credentials that a service does not take; does nothing when others are in hand by now. */
  renewKeys(refused: Keys): void;
}

/** What a door may be told. */
export interface OpenDoor {
  /** The clock of this machine. */
  readonly now?: () => Date;
  /** Judges what went wrong while credentials were looked for, with what may take a question to a service. */
  readonly judge?: typeof judgeExpiredLogin;
}

/** Opens the door to AWS with these settings. Throws `file-not-found` for a bundle of certificates. */
export async function openDoor(
  env: Environment,
  settings: AwsSettings,
  { now = () => new Date(), judge = async (error) => error }: OpenDoor = {},
): Promise<Door> {
  // Node 20 is our floor, and stderr is ours.
  versionWarning.warningEmitted = true;
  const agent = createAgent(env, await readCertificates(env, settings));
  const clock = createFarClock(now);
  const http = new DatedHttpHandler(
    {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      ...(agent === undefined ? {} : { httpsAgent: agent }),
    },
    clock,
  );
  const search = searchCredentials(env, settings, http);
  const explained = () =>
    search().catch(async (error: unknown) => {
      throw await judge(explainSearch(error, settings.profile), { env, settings, http, clock, now });
    });
  const hold = () => holdKeys(searchInRole(env, settings, http, clock, explained));
  let keys = hold();
  return {
    settings,
    agent,
    http,
    clock,
    keys: () => keys,
    renewKeys(refused) {
      if (keys === refused) keys = hold();
    },
  };
}
