import type { Session } from '../../state/net.ts';
import type { Forward, Gateway, SsmGateway, TunnelPlan } from './plan.ts';

/** The part of a record that says what was opened. */
type PlanRecord = Pick<
  Session,
  'label' | 'target' | 'via' | 'gateway' | 'ssm' | 'holdMs' | 'timeoutMs' | 'confirmed' | 'forwards'
>;

type SsmRecord = NonNullable<Session['ssm']>;

/** Writes a plan as its record: all that it takes to open it again, but nothing that may be a secret. Pure. */
export function recordPlan(plan: TunnelPlan): PlanRecord {
  const { label, target, via, gateway, ssm, bind, holdMs, timeoutMs, confirmed } = plan;
  return {
    label,
    target,
    via,
    ...(gateway === undefined ? {} : { gateway: recordGateway(gateway) }),
    ...(ssm === undefined ? {} : { ssm: recordSsm(ssm) }),
    holdMs,
    timeoutMs,
    ...(confirmed === undefined ? {} : { confirmed }),
    forwards: plan.forwards.map((forward) => recordForward(forward, bind)),
  };
}

function recordGateway(gateway: Gateway): NonNullable<Session['gateway']> {
  const { host, user, port, identity, jump, configFile, options } = gateway;
  const names = options.map((option) => option.replace(/=.*/s, ''));
  return {
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(identity === undefined ? {} : { identity }),
    ...(jump.length === 0 ? {} : { jump: [...jump] }),
    ...(configFile === undefined ? {} : { configFile }),
    ...(names.length === 0 ? {} : { options: names }),
  };
}

function recordSsm({ instance, profile, region, roleArn, reason, channels, client }: SsmGateway): SsmRecord {
  return {
    instance: 'tags' in instance ? { tags: { ...instance.tags } } : { ...instance },
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(reason === undefined ? {} : { reason }),
    channels,
    client,
  };
}

function recordForward(forward: Forward, bind: readonly string[]): Session['forwards'][number] {
  const { name, localPort, host, port, probe, movedFrom, path, cluster } = forward;
  const [bare, query] = path?.split('?', 2) ?? [];
  return {
    name,
    bind: [...bind],
    localPort,
    host,
    port,
    probe,
    ...(movedFrom === undefined ? {} : { movedFrom }),
    ...(bare === undefined ? {} : { path: bare }),
    ...(query === undefined ? {} : { hasQuery: true }),
    ...(cluster === undefined ? {} : { cluster: { ...cluster } }),
  };
}
