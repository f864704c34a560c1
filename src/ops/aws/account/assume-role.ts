import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { HotpassError } from '../../../errors.ts';
import type { Environment } from '../../../system.ts';
import type { ClientConfig } from '../connection/client-config.ts';
import type { FoundKeys } from '../credentials/credentials.ts';

/**
 * Takes on a role with the credentials of a client. The session is named after the user, which CloudTrail and the cluster
 * show. What it throws is the SDK's.
 */
export async function assumeRole(
  env: Environment,
  config: ClientConfig,
  roleArn: string,
): Promise<FoundKeys> {
  const client = new STSClient(config);
  const input = { RoleArn: roleArn, RoleSessionName: sessionName(env) };
  const { Credentials: given } = await client.send(new AssumeRoleCommand(input));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new HotpassError('aws-failed', 'sts:AssumeRole: the answer lacks the credentials');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
    provider: 'assumed-role',
    profile: undefined,
  };
}

/** What STS takes for a name: 2 to 64 letters, digits and =,.@_- */
function sessionName({ AWS_ROLE_SESSION_NAME, USER, LOGNAME }: Environment): string {
  const name = AWS_ROLE_SESSION_NAME || `hotpass-${USER || LOGNAME || 'operator'}`;
  return name.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
}
