import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { CallerIdentity } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { createCalls, type Service } from '../connection/calls.ts';
import type { Door } from '../connection/door.ts';
import { RENEWABLE } from './renewable.ts';

const STS: Service<STSClient> = {
  name: 'sts',
  stale: RENEWABLE,
  create: (config) => new STSClient(config),
  endpoint: ({ config }, parameters) => config.endpointProvider(parameters).url,
};

/** Makes the calls of the Security Token Service. Throws `usage` for an address that is none. */
export function createStsCalls(door: Door) {
  const { call, endpoint } = createCalls(door, STS);
  return {
    endpoint,
    async getCallerIdentity(signal: AbortSignal): Promise<CallerIdentity> {
      const { Account, Arn, UserId } = await call('GetCallerIdentity', undefined, signal, (client, options) =>
        client.send(new GetCallerIdentityCommand({}), options),
      );
      if (Account && Arn && UserId) return { account: Account, arn: Arn, userId: UserId };
      throw new HotpassError('aws-failed', 'sts:GetCallerIdentity: the answer lacks the identity');
    },
  };
}
