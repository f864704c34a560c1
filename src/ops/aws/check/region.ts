import type { AccountApi } from '../../../aws.ts';
import { isOfRegion } from './credentials.ts';
import { ok } from './judge.ts';
import type { LinkResult } from './link.ts';

/** Says which region it is and why. Pure. */
export function judgeRegion({ region, ignored }: Pick<AccountApi, 'region' | 'ignored'>): LinkResult {
  const notes = ignored.filter(isOfRegion);
  return ok('region', [`${region.value} (${region.origin})`, ...notes].join('. '), { facts: region });
}
