interface Provider {
  readonly account: string | undefined;
  readonly issuer: string;
}

/**
 * Says what is wrong with Federated; undefined where it names nothing like the provider. `slip` is the one that stands for
 * the provider, though not as it must.
 */
export function explainProvider(
  federated: readonly string[],
  arn: string,
): { readonly mistake: string; readonly slip?: string } | undefined {
  const own = splitProvider(arn);
  const known = federated.map((text) => ({ text, ...splitProvider(text) }));
  const same = known.find(({ issuer }) => issuer.toLowerCase() === own.issuer.toLowerCase());
  if (same !== undefined) return { slip: same.text, mistake: explainSlip(same, own) };
  const near = known.find(({ issuer }) => issuer.split('/')[0] === own.issuer.split('/')[0]);
  return near === undefined
    ? undefined
    : { mistake: `Federated is another issuer of the same host, ${near.issuer}` };
}

function explainSlip(same: Provider, own: Provider): string {
  if (same.account === undefined)
    return 'Federated is the ARN of the IAM provider, not the address of the issuer';
  if (same.account !== own.account)
    return `Federated is a provider of account ${same.account}, and the role is in ${own.account}`;
  return 'Federated is not written as the ARN of the IAM provider is';
}

function splitProvider(arn: string): Provider {
  const [, account, found] = /^arn:[a-z-]+:iam::([0-9]*):oidc-provider\/(.*)$/.exec(arn) ?? [];
  return { account, issuer: (found ?? arn).replace(/^https?:\/\//, '').replace(/\/$/, '') };
}
