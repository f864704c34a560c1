import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import { configOf, type Keys } from './aws-stage.ts';

/** Makes clients of all services with these keys, or the default caller's. */
export function clientsOf(endpoint: string, keys: Keys = {}) {
  const config = configOf(endpoint, keys);
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
