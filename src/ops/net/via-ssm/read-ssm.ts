import { HotpassError } from '../../../errors.ts';
import type { Session } from '../../../state/net.ts';
import { parseRoleArn } from '../../aws/parse-names.ts';
import type { SsmGateway } from '../plan.ts';
import { parseInstance, parseTags } from './parse-instance.ts';
import { parseProfile, parseReason, parseRegion } from './parse-ssm.ts';

/**
 * Reads how a record says that SSM reaches the far side. Throws the codes of `parse-instance.ts` and `parse-ssm.ts` for
 * one that nobody here wrote.
 */
export function readSsm(record: NonNullable<Session['ssm']>): SsmGateway {
  const { instance, profile, region, roleArn, reason, channels, client } = record;
  const { id, name, tags } = instance;
  const text = id ?? name;
  const wish = text === undefined ? parseTags(tags ?? {}) : parseInstance(text);
  if ('id' in wish !== (id !== undefined)) {
    throw new HotpassError(
      'instance-invalid',
      `"${text}" is no ${id === undefined ? 'name' : 'id'} of an instance`,
    );
  }
  return {
    instance: wish,
    ...(profile === undefined ? {} : { profile: parseProfile(profile) }),
    ...(region === undefined ? {} : { region: parseRegion(region) }),
    ...(roleArn === undefined ? {} : { roleArn: parseRoleArn(roleArn) }),
    ...(reason === undefined ? {} : { reason: parseReason(reason) }),
    channels,
    client,
  };
}
