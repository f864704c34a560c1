import { partition } from '@aws-sdk/core/client';

/** What decides which address of STS is asked. */
export interface StsPlace {
  readonly region: string;
  readonly useFips: boolean;
  readonly useDualstack: boolean;
}

/**
 * Gives the address of STS in a region, by the rules of its client, whose loading would cost as much as all the rest
 * of `aws token`.
 */
export function stsEndpoint({ region, useFips, useDualstack }: StsPlace): URL {
  const { name, dnsSuffix, dualStackDnsSuffix } = partition(region);
  // In GovCloud the plain address is FIPS.
  const isPlain = !useFips || (name === 'aws-us-gov' && !useDualstack);
  const suffix = useDualstack ? dualStackDnsSuffix : dnsSuffix;
  return new URL(`https://${isPlain ? 'sts' : 'sts-fips'}.${region}.${suffix}`);
}
