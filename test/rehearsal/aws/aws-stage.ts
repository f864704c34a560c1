import { onTestFinished } from 'vitest';
import { DEFAULT_CALLER, type RehearsedAccount } from '../../../src/rehearsal/aws/account.ts';
import { startAws } from '../../../src/rehearsal/aws/index.ts';

/** Keys as a client takes them. */
export interface Keys {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
}

export const OPERATOR = 'arn:aws:iam::123456789012:user/operator';
export const SSO_ROLE = 'AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b';
export const ACCOUNT: RehearsedAccount = {
  callers: [
    DEFAULT_CALLER,
    {
      accessKeyId: 'ASIADATAOPS',
      secretAccessKey: 'data/ops',
      sessionToken: 'data+ops==',
      arn: `arn:aws:sts::123456789012:assumed-role/${SSO_ROLE}/jane`,
    },
  ],
  roles: [{ name: 'DataOps' }, { name: SSO_ROLE, trustPolicy: { Statement: [] } }],
  clusters: [{ name: 'hotpass-staging', accessEntries: [{ principalArn: OPERATOR }] }],
};

/** Starts an account, and gives what makes AWS's own clients go there as its default caller. */
export async function openAccount(account: RehearsedAccount = ACCOUNT, pageSize?: number) {
  const aws = await startAws({ account, pageSize });
  onTestFinished(aws.close);
  return { aws, config: configOf(aws.url) };
}

/** Gives what makes AWS's own clients go there with these keys, or the default caller's. */
export function configOf(endpoint: string, keys: Keys = {}, region = 'eu-west-1') {
  const { accessKeyId, secretAccessKey } = DEFAULT_CALLER;
  return { region, endpoint, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey, ...keys } };
}
