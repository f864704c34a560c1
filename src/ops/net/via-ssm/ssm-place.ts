import type { AwsPlace } from '../../../aws.ts';
import type { SsmGateway } from '../plan.ts';
import { instanceText } from './parse-instance.ts';

/**
 * Says in one line where the sessions of a plan are opened. The user's own port ledger keeps it: a record that names
 * another place was not written here.
 */
export function placeOf({ instance, profile, region, roleArn }: SsmGateway): string {
  return [
    instanceText(instance),
    ...(profile === undefined ? [] : [`profile ${profile}`]),
    ...(region === undefined ? [] : [`region ${region}`]),
    ...(roleArn === undefined ? [] : [`role ${roleArn}`]),
  ].join(', ');
}

/** Says whose credentials the sessions of a plan are opened with. */
export function credentialsOf({
  profile,
  region,
  roleArn,
}: Pick<SsmGateway, 'profile' | 'region' | 'roleArn'>): Pick<AwsPlace, 'profile' | 'region' | 'roleArn'> {
  return { profile, region, ...(roleArn === undefined ? {} : { roleArn }) };
}
