import type { AccountApi, AwsPlace } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import type { Environment } from '../../system.ts';

/** Makes a client of STS, EKS and IAM. Throws `region-missing`, `profile-unknown`, `file-not-found` and `usage`. */
export async function createAccountApi(_env: Environment, place: AwsPlace): Promise<AccountApi> {
  throw new HotpassError('unexpected', `the account of ${place.profile} is not asked yet`);
}
