/** Who makes tokens, and where the account keeps what it trusts of them. */
export interface Issuer {
  /** As the token names it: https://HOST/PATH. */
  readonly url: string;
  /** Host and path: the name in ARNs and condition keys. */
  readonly name: string;
  /** ARN of its IAM provider, whether there is one or not. */
  readonly providerArn: string;
}

/** Gives an issuer by its address, for an account; `callerArn` tells the partition. */
export function makeIssuer(address: string, { account, arn }: { account: string; arn: string }): Issuer {
  const name = address.replace(/^https:\/\//, '');
  const [, partition = 'aws'] = arn.split(':');
  return {
    url: `https://${name}`,
    name,
    providerArn: `arn:${partition}:iam::${account}:oidc-provider/${name}`,
  };
}
