import type { Instance, InstanceFilter, SsmApi } from '../../aws.ts';
import { HotpassError, messageOf } from '../../errors.ts';
import type { InstanceWish } from '../net/plan.ts';
import { instanceText } from '../net/via-ssm/parse-instance.ts';

/** The instance that a session goes through; of one that may not be looked up, its id is all that is known. */
export type FoundInstance = Pick<Instance, 'id'> & Partial<Instance>;

type Api = Pick<SsmApi, 'region' | 'findInstances'>;

const LISTING = 'ssm:DescribeInstanceInformation';
/** How many instances a message lists. */
const MOST_LISTED = 8;

/**
 * Finds the one instance that is meant, among those that are online. An id is taken as it is where the caller may not
 * look it up. Throws `instance-unknown`, `instance-ambiguous`, `instance-not-connected`, and what `SsmApi` throws.
 */
export async function findInstance(
  api: Api,
  wish: InstanceWish,
  signal: AbortSignal,
): Promise<FoundInstance> {
  if (!('id' in wish)) return chooseInstance(wish, await findAll(api, wish, signal), api.region);
  const { id } = wish;
  // The inventory has no tasks.
  if (id.startsWith('ecs:')) return { id };
  try {
    return chooseInstance(
      wish,
      await api.findInstances([{ key: 'InstanceIds', values: [id] }], signal),
      api.region,
    );
  } catch (error) {
    // Starting a session and listing instances are two permissions.
    if (isListingDenied(error)) return { id };
    throw error;
  }
}

async function findAll(
  api: Api,
  wish: Exclude<InstanceWish, { id: string }>,
  signal: AbortSignal,
): Promise<readonly Instance[]> {
  const find = (filters: readonly InstanceFilter[]) => askList(api, wish, filters, signal);
  if ('tags' in wish) {
    return find(Object.entries(wish.tags).map(([key, value]) => ({ key: `tag:${key}`, values: [value] })));
  }
  const { name } = wish;
  const tagged = await find([{ key: 'tag:Name', values: [name] }]);
  if (tagged.length > 0) return tagged.map((one) => ({ ...one, name }));
  const isNamed = (one: Instance) => one.name === name || one.name?.split('.')[0] === name;
  return (await find([])).filter(isNamed);
}

async function askList(
  api: Api,
  wish: InstanceWish,
  filters: readonly InstanceFilter[],
  signal: AbortSignal,
): Promise<readonly Instance[]> {
  try {
    return await api.findInstances(filters, signal);
  } catch (error) {
    if (!isListingDenied(error)) throw error;
    const why = messageOf(error);
    throw new HotpassError('access-denied', `${instanceText(wish)} cannot be looked up: ${why}`, {
      hint: 'name the instance by its id: --instance i-…',
      cause: error,
    });
  }
}

/** Tells a list that may not be had from credentials that are not taken at all. */
function isListingDenied(error: unknown): boolean {
  if (!(error instanceof HotpassError) || error.code !== 'access-denied') return false;
  const { details } = error;
  return typeof details === 'object' && details !== null && Reflect.get(details, 'action') === LISTING;
}

/** Chooses among the instances that a wish fits. Pure. */
function chooseInstance(wish: InstanceWish, found: readonly Instance[], region: string): FoundInstance {
  const online = found.filter(({ isOnline }) => isOnline);
  const [first, second] = online;
  if (first !== undefined && second === undefined) return first;
  const details = { instances: found };
  if (first !== undefined) {
    throw new HotpassError(
      'instance-ambiguous',
      `${online.length} instances online are ${called(wish)}: ${listed(online)}`,
      { hint: `name one of them: --instance ${first.id}`, details },
    );
  }
  if (found.length > 0) {
    throw new HotpassError('instance-not-connected', offline(wish, found, region), {
      hint: 'start the instance, or its SSM agent: systemctl status amazon-ssm-agent',
      details,
    });
  }
  throw new HotpassError('instance-unknown', `no managed instance in ${region} is ${called(wish)}`, {
    hint: `is it the right account and region? aws ssm describe-instance-information --region ${region}`,
  });
}

function called(wish: InstanceWish): string {
  return 'id' in wish || 'tags' in wish ? instanceText(wish) : `named "${wish.name}"`;
}

function offline(wish: InstanceWish, found: readonly Instance[], region: string): string {
  const none = `is connected to Systems Manager in ${region}`;
  if ('id' in wish) return `${wish.id} is not connected to Systems Manager in ${region}`;
  return `none of the ${found.length} that are ${called(wish)} ${none}: ${listed(found)}`;
}

function listed(instances: readonly Instance[]): string {
  const shown = instances.slice(0, MOST_LISTED).map(describeInstance);
  const rest = instances.length - shown.length;
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/** Says in a few words which instance it is: id, name, agent, platform. */
export function describeInstance({ id, name, agentVersion, platform }: FoundInstance): string {
  const parts = [
    ...(name === undefined ? [] : [JSON.stringify(name)]),
    ...(agentVersion === undefined ? [] : [`agent ${agentVersion}`]),
    ...(platform === undefined ? [] : [platform]),
  ];
  return [id, ...(parts.length === 0 ? [] : [parts.join(', ')])].join(' ');
}
