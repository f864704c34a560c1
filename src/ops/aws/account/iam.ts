import { GetOpenIDConnectProviderCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { IamRole, OidcProvider } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { createCalls, type Service } from '../connection/calls.ts';
import type { Door } from '../connection/door.ts';
import { absentIsUndefined } from '../explain/explain-error.ts';
import { RENEWABLE } from './renewable.ts';

const IAM: Service<IAMClient> = {
  name: 'iam',
  stale: RENEWABLE,
  create: (config) => new IAMClient(config),
  endpoint: ({ config }, parameters) => config.endpointProvider(parameters).url,
};

/** Makes the calls of IAM. Throws `usage` for an address that is none. */
export function createIamCalls(door: Door) {
  const { call } = createCalls(door, IAM);
  return {
    async getOidcProvider(arn: string, signal: AbortSignal): Promise<OidcProvider | undefined> {
      const input = { OpenIDConnectProviderArn: arn };
      const found = await call('GetOpenIDConnectProvider', arn, signal, (client, options) =>
        absentIsUndefined(client.send(new GetOpenIDConnectProviderCommand(input), options)),
      );
      if (found === undefined) return undefined;
      return { arn, url: (found.Url ?? '').replace(/^https:\/\//, ''), audiences: found.ClientIDList ?? [] };
    },
    async getRole(name: string, signal: AbortSignal): Promise<IamRole | undefined> {
      const found = await call('GetRole', name, signal, (client, options) =>
        absentIsUndefined(client.send(new GetRoleCommand({ RoleName: name }), options)),
      );
      if (found === undefined) return undefined;
      const { Arn, RoleName, AssumeRolePolicyDocument: policy } = found.Role ?? {};
      if (!Arn || !policy)
        throw new HotpassError('aws-failed', `iam:GetRole: the answer lacks the role ${name}`);
      return { arn: Arn, name: RoleName ?? name, trustPolicy: readDocument(policy) };
    },
  };
}

/** IAM gives its documents as part of a URL (RFC 3986). */
function readDocument(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // It holds a bare percent sign, so that it is no such text.
    return text;
  }
}
