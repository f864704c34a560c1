import { instanceText } from './parse-instance.ts';
import type { SsmGateway } from './plan.ts';

/**
 * Says in one line where the sessions of a plan are opened. The user's own port ledger keeps it: a record that names
 * another place was not written here.
 */
export function placeOf({ instance, profile, region }: SsmGateway): string {
  return [
    instanceText(instance),
    ...(profile === undefined ? [] : [`profile ${profile}`]),
    ...(region === undefined ? [] : [`region ${region}`]),
  ].join(', ');
}
