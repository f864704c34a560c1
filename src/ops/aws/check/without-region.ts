import type { AccountApi } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { System } from '../../../system.ts';
import { startAsking } from './answer.ts';
import { judgeCredentials } from './credentials.ts';
import { failed, skipped } from './judge.ts';
import { LINKS, type LinkResult } from './link.ts';
import type { CheckWish } from './request.ts';
import { type CheckResult, sumUp } from './result.ts';

/** Where a role of a profile is asked for while nobody has named a region; nothing else is asked there. */
const STAND_IN = 'us-east-1';

/** Opens the account of a check; gives `region-missing` instead of throwing it: it is a link like others. */
export async function openAccount(
  sys: Pick<System, 'aws'>,
  { place }: CheckWish,
): Promise<AccountApi | HotpassError> {
  try {
    return await sys.aws.account(place);
  } catch (error) {
    if (error instanceof HotpassError && error.code === 'region-missing') return error;
    throw error;
  }
}

/** Judges what can be judged where no region was given: whose credentials these are. Throws as `sys.aws.account`. */
export async function checkWithoutRegion(
  sys: System,
  wish: CheckWish,
  { code, message }: HotpassError,
): Promise<CheckResult> {
  const api = await sys.aws.account({ ...wish.place, region: STAND_IN });
  const again = shellCommand(['hotpass', 'aws', 'check', wish.target, ...wish.flags]);
  const asking = startAsking(sys, wish.timeoutMs, again, () => {});
  const found = await asking
    .ask({ whom: 'credentials', lateCode: 'aws-unreachable', put: (signal) => api.findCredentials(signal) })
    .finally(() => asking.close());
  const region = failed('region', new HotpassError(code, message, { hint: `${again} --region REGION` }));
  const links = LINKS.filter((id) => wish.oidc !== undefined || !id.startsWith('oidc-')).map(
    (id): LinkResult => {
      if (id === 'credentials') return judgeCredentials(found, api, sys.now());
      return id === 'region' ? region : skipped(id, 'needs: region');
    },
  );
  const { profile } = api;
  return sumUp(
    wish.target,
    sys.now(),
    { profile, region: undefined },
    { identity: null, cluster: null, links },
  );
}
