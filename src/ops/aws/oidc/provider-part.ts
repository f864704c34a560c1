import type { OidcProvider } from '../../../aws.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { Issuer } from './issuer.ts';
import { failedPart, okPart, type Part } from './part.ts';

/** Judges whether the account has an IAM provider for an issuer that takes these audiences. Pure. */
export function judgeProvider(
  issuer: Issuer,
  audiences: readonly string[],
  provider: OidcProvider | undefined,
  awsFlags: string,
): Part {
  const facts = { issuer: issuer.url, arn: issuer.providerArn, audiences: provider?.audiences ?? null };
  if (provider === undefined) {
    return failedPart('oidc-provider-missing', `the account has no IAM provider for ${issuer.name}`, {
      evidence: [['wanted', issuer.providerArn]],
      next: command(
        'create-open-id-connect-provider',
        { url: issuer.url, 'client-id-list': audiences },
        awsFlags,
      ),
      facts,
    });
  }
  const missing = audiences.find((audience) => !provider.audiences.includes(audience));
  if (missing !== undefined) {
    return failedPart('oidc-audience-missing', `the IAM provider does not take the audience ${missing}`, {
      evidence: [
        ['provider', issuer.providerArn],
        ['it takes', provider.audiences.length === 0 ? 'none' : provider.audiences.join(', ')],
      ],
      next: command(
        'add-client-id-to-open-id-connect-provider',
        { 'open-id-connect-provider-arn': issuer.providerArn, 'client-id': [missing] },
        awsFlags,
      ),
      facts,
    });
  }
  return okPart(`${issuer.name} is trusted, audience ${audiences.join(', ')}`, { facts });
}

function command(
  verb: string,
  flags: Readonly<Record<string, string | readonly string[]>>,
  awsFlags: string,
): string {
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value].flat());
  return [shellCommand(['aws', 'iam', verb, ...words]), awsFlags].filter((part) => part !== '').join(' ');
}
