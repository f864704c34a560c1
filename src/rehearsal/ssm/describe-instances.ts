import { ApiError } from './api-error.ts';
import { epochSeconds, wallClock } from './clock.ts';
import { listAt, textAt, textsAt } from './json.ts';
import { DEFAULT_AGENT_VERSION, type RehearsedInstance } from './options.ts';
import { takePage } from './page.ts';

const LIMITS = { least: 5, most: 50 };

/** Answers DescribeInstanceInformation: all filters must hold, one of a filter's values is enough. */
export function describeInstances(
  request: unknown,
  instances: readonly RehearsedInstance[],
  pageSize: number | undefined,
) {
  const filters = listAt(request, 'Filters').map((filter) => ({
    key: textAt(filter, 'Key') ?? '',
    values: textsAt(filter, 'Values'),
  }));
  const managed = instances.filter(({ id }) => !id.startsWith('ecs:'));
  const found = managed.filter((one) => filters.every(({ key, values }) => matches(one, key, values)));
  const { entries, ...next } = takePage(found, request, { ...LIMITS, pageSize });
  return { InstanceInformationList: entries.map(describe), ...next };
}

function matches(instance: RehearsedInstance, key: string, values: readonly string[]): boolean {
  const tag = /^tag:(.+)$/.exec(key)?.[1];
  if (tag !== undefined) return values.includes(instance.tags?.[tag] ?? '');
  switch (key) {
    case 'InstanceIds':
      for (const id of values)
        if (!/^m?i-[0-9a-f]{8,17}$/.test(id)) throw new ApiError('InvalidInstanceId', '');
      return values.includes(instance.id);
    case 'PingStatus':
      return values.includes(instance.pingStatus ?? 'Online');
    case 'PlatformTypes':
      return values.includes(instance.platformType ?? 'Linux');
    case 'AgentVersion':
      return values.includes(instance.agentVersion ?? DEFAULT_AGENT_VERSION);
    case 'ResourceType':
      return values.includes(resourceType(instance));
    case 'tag-key':
      return values.some((name) => Object.hasOwn(instance.tags ?? {}, name));
    default:
      throw new ApiError('InvalidFilterKey', `The specified filter key ${key} is not valid.`);
  }
}

function describe(instance: RehearsedInstance) {
  const isHybrid = instance.id.startsWith('mi-');
  return {
    InstanceId: instance.id,
    PingStatus: instance.pingStatus ?? 'Online',
    LastPingDateTime: epochSeconds(wallClock()),
    AgentVersion: instance.agentVersion ?? DEFAULT_AGENT_VERSION,
    IsLatestVersion: false,
    PlatformType: instance.platformType ?? 'Linux',
    PlatformName: 'Amazon Linux',
    PlatformVersion: '2023',
    ResourceType: resourceType(instance),
    IPAddress: '10.0.0.10',
    ComputerName: `${instance.name ?? 'ip-10-0-0-10'}.eu-west-1.compute.internal`,
    // Only machines that are not EC2's have a name of their own here; the others have a tag.
    ...(isHybrid && instance.name !== undefined ? { Name: instance.name } : {}),
    SourceId: instance.id,
    SourceType: isHybrid ? 'AWS::SSM::ManagedInstance' : 'AWS::EC2::Instance',
  };
}

function resourceType({ id }: RehearsedInstance): string {
  return id.startsWith('mi-') ? 'ManagedInstance' : 'EC2Instance';
}
