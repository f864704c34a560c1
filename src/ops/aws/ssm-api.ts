import type { AwsPlace, SsmApi } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import type { Environment } from '../../system.ts';

/** Makes a client of Systems Manager. */
export async function createSsmApi(_env: Environment, _place: AwsPlace): Promise<SsmApi> {
  throw new HotpassError('aws-failed', 'not built yet');
}
