import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
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

/** Starts an account, with AWS's own clients for it. */
export async function openAccount(account: RehearsedAccount = ACCOUNT, pageSize?: number) {
  const aws = await startAws({ account, pageSize });
  onTestFinished(aws.close);
  return { aws, ...clientsOf(aws.url) };
}

/** Makes clients with these keys, or the default caller's. */
export function clientsOf(endpoint: string, keys: Keys = {}, region = 'eu-west-1') {
  const { accessKeyId, secretAccessKey } = DEFAULT_CALLER;
  const config = {
    region,
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...keys },
  };
  const clients = {
    sts: new STSClient(config),
    eks: new EKSClient(config),
    iam: new IAMClient(config),
    ssm: new SSMClient(config),
  };
  onTestFinished(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  return clients;
}
