import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { HotpassError } from '../../../errors.ts';
import type { Environment } from '../../../system.ts';
import { clientConfig } from '../connection/client-config.ts';
import type { FarClock } from '../connection/clock.ts';
import { stsEndpoint } from '../connection/sts-endpoint.ts';
import { explainError } from '../explain/explain-error.ts';
import type { AwsSettings } from '../settings.ts';
import type { FindKeys } from './credentials.ts';

/**
 * Makes the search for the credentials of a role that is taken on with what another search finds. Throws what that one
 * throws, and `role-refused`.
 */
export function searchInRole(
  env: Environment,
  settings: AwsSettings,
  http: NodeHttpHandler,
  clock: FarClock,
  find: FindKeys,
): FindKeys {
  const { roleArn } = settings;
  if (roleArn === undefined) return find;
  return async () => {
    const [first, { assumeRole }] = await Promise.all([find(), import('../account/assume-role.ts')]);
    const set = settings.endpointOf('sts');
    try {
      const taken = await assumeRole(
        env,
        clientConfig(settings, http, async () => first, set),
        roleArn,
      );
      return { ...taken, profile: first.profile };
    } catch (error) {
      throw explainRefusal(roleArn, error, () =>
        explainError(error, {
          action: 'sts:AssumeRole',
          about: roleArn,
          endpoint: set ?? stsEndpoint(settings),
          region: settings.region,
          profile: first.profile,
          secrets: [first.secretAccessKey, first.sessionToken ?? ''],
          clockOffsetMs: clock.offsetMs(),
        }),
      );
    }
  };
}

/** STS says a denied role by the same name as any other denial. */
function explainRefusal(roleArn: string, error: unknown, explain: () => HotpassError): HotpassError {
  const explained = explain();
  if (explained.code !== 'access-denied' || !(error instanceof Error) || !/^AccessDenied/.test(error.name))
    return explained;
  const words = explained.message.replace(/^sts:AssumeRole is not allowed(?:: )?/, '');
  return new HotpassError('role-refused', `AWS refuses the role ${roleArn}${words && `: ${words}`}`, {
    hint: explained.hint,
    details: { roleArn },
    cause: error,
  });
}
