import type { System } from '../../../system.ts';
import type { FoundInstance } from '../../ssm/find-instance.ts';
import type { SsmGateway } from '../plan.ts';
import { credentialsOf } from './ssm-place.ts';

/** Looks up the instance that a plan means, at the service. Throws what `findInstance` and `Aws` throw. */
export async function lookUpInstance(
  sys: Pick<System, 'aws' | 'signal'>,
  ssm: SsmGateway,
): Promise<FoundInstance> {
  const [{ findInstance }, api] = await Promise.all([
    import('../../ssm/find-instance.ts'),
    sys.aws.ssm(credentialsOf(ssm)),
  ]);
  return findInstance(api, ssm.instance, sys.signal);
}
