import { expect, it } from 'vitest';
import type { Instance, InstanceFilter } from '../../../src/aws.ts';
import { HotpassError } from '../../../src/errors.ts';
import type { InstanceWish } from '../../../src/ops/net/plan.ts';
import { describeInstance, findInstance } from '../../../src/ops/ssm/find-instance.ts';
import { NEVER } from '../../../src/signals.ts';

interface Node extends Instance {
  readonly tags?: Readonly<Record<string, string>>;
}

const node = (id: string, more: Partial<Node> = {}): Node => ({
  id,
  name: 'ip-10-0-0-7.eu-west-1.compute.internal',
  isOnline: true,
  agentVersion: '3.3.987.0',
  platform: 'Amazon Linux 2023',
  ...more,
});
const A = 'i-0123456789abcdef0';
const B = 'i-0123456789abcdef1';
const C = 'mi-0123456789abcdef2';

function inventory(...nodes: readonly Node[]) {
  const asked: (readonly InstanceFilter[])[] = [];
  const fits = (one: Node, { key, values }: InstanceFilter) =>
    values.includes(key === 'InstanceIds' ? one.id : (one.tags?.[key.replace('tag:', '')] ?? ''));
  return {
    asked,
    region: 'eu-west-1',
    async findInstances(filters: readonly InstanceFilter[]) {
      asked.push(filters);
      return nodes.filter((one) => filters.every((filter) => fits(one, filter)));
    },
  };
}

const denied = {
  region: 'eu-west-1',
  findInstances: () =>
    Promise.reject(
      new HotpassError('access-denied', 'ssm:DescribeInstanceInformation is not allowed', {
        details: { action: 'ssm:DescribeInstanceInformation' },
      }),
    ),
};

async function refusal(api: Parameters<typeof findInstance>[0], wish: InstanceWish): Promise<string> {
  const error = await findInstance(api, wish, NEVER).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HotpassError)) throw new Error('it was found');
  return `${error.code} (${error.exitCode}): ${error.message}\n${error.hint}`;
}

it('takes an id as it is, where it is online or may not be looked up', async () => {
  expect(await findInstance(inventory(node(A), node(B)), { id: B }, NEVER)).toMatchObject({ id: B });
  expect(await findInstance(denied, { id: B }, NEVER)).toEqual({ id: B });
  const unknownKeys = {
    ...denied,
    findInstances: () => Promise.reject(new HotpassError('access-denied', 'who?')),
  };
  expect(await refusal(unknownKeys, { id: B })).toContain('access-denied (1): who?');
});

it('does not ask the inventory for a task of ECS', async () => {
  const api = inventory();
  const id = 'ecs:cluster_0123abcd_0123abcd-1';
  expect(await findInstance(api, { id }, NEVER)).toEqual({ id });
  expect(api.asked).toEqual([]);
});

it('finds the one that is online by its Name tag, else by the name that it has itself', async () => {
  const api = inventory(
    node(A, { tags: { Name: 'bastion' } }),
    node(B, { tags: { Name: 'bastion' }, isOnline: false }),
    node(C, { name: 'office-gate' }),
  );
  expect(await findInstance(api, { name: 'bastion' }, NEVER)).toMatchObject({ id: A, name: 'bastion' });
  expect(await findInstance(api, { name: 'office-gate' }, NEVER)).toMatchObject({ id: C });
  const computer = inventory(node(A, { name: 'ip-10-0-0-7.eu-west-1.compute.internal' }));
  expect(await findInstance(computer, { name: 'ip-10-0-0-7' }, NEVER)).toMatchObject({ id: A });
});

it('wants all of several tags', async () => {
  const api = inventory(
    node(A, { tags: { Role: 'bastion', Stage: 'staging' } }),
    node(B, { tags: { Role: 'bastion', Stage: 'prod' } }),
  );
  const tags = { Role: 'bastion', Stage: 'prod' };
  expect(await findInstance(api, { tags }, NEVER)).toMatchObject({ id: B });
});

it('lists those among which it will not choose', async () => {
  const tags = { Role: 'bastion' };
  const api = inventory(
    node(A, { tags, name: undefined }),
    node(B, { tags }),
    node(C, { tags, isOnline: false }),
  );
  expect(await refusal(api, { tags })).toMatchInlineSnapshot(`
    "instance-ambiguous (2): 2 instances online are tag:Role=bastion: i-0123456789abcdef0 agent 3.3.987.0, Amazon Linux 2023; i-0123456789abcdef1 "ip-10-0-0-7.eu-west-1.compute.internal", agent 3.3.987.0, Amazon Linux 2023
    name one of them: --instance i-0123456789abcdef0"
  `);
  const crowd = inventory(...Array.from({ length: 30 }, (_, index) => node(`i-0123456${index}`, { tags })));
  const told = await refusal(crowd, { tags });
  expect(told).toContain('; and 22 more');
  expect(told).toMatch(/^[^\n]*\n[^\n]*$/);
});

it('says of what is offline that it is there, and of what is not there that it is not', async () => {
  const tags = { Role: 'bastion' };
  const api = inventory(node(A, { tags, isOnline: false }), node(B, { tags, isOnline: false }));
  expect(await refusal(api, { tags })).toMatchInlineSnapshot(`
    "instance-not-connected (1): none of the 2 that are tag:Role=bastion is connected to Systems Manager in eu-west-1: i-0123456789abcdef0 "ip-10-0-0-7.eu-west-1.compute.internal", agent 3.3.987.0, Amazon Linux 2023; i-0123456789abcdef1 "ip-10-0-0-7.eu-west-1.compute.internal", agent 3.3.987.0, Amazon Linux 2023
    start the instance, or its SSM agent: systemctl status amazon-ssm-agent"
  `);
  expect(await refusal(api, { id: A })).toMatchInlineSnapshot(`
    "instance-not-connected (1): i-0123456789abcdef0 is not connected to Systems Manager in eu-west-1
    start the instance, or its SSM agent: systemctl status amazon-ssm-agent"
  `);
  expect(await refusal(api, { id: C })).toMatchInlineSnapshot(`
    "instance-unknown (2): no managed instance in eu-west-1 is mi-0123456789abcdef2
    is it the right account and region? aws ssm describe-instance-information --region eu-west-1"
  `);
  expect(await refusal(api, { name: 'bastion' })).toMatchInlineSnapshot(`
    "instance-unknown (2): no managed instance in eu-west-1 is named "bastion"
    is it the right account and region? aws ssm describe-instance-information --region eu-west-1"
  `);
  expect(await refusal(denied, { name: 'bastion' })).toMatchInlineSnapshot(`
    "access-denied (1): bastion cannot be looked up: ssm:DescribeInstanceInformation is not allowed
    name the instance by its id: --instance i-…"
  `);
});

it('describes an instance by what is known of it', () => {
  expect(describeInstance({ id: A })).toBe(A);
  expect(describeInstance(node(A, { name: 'bastion' }))).toBe(
    `${A} "bastion", agent 3.3.987.0, Amazon Linux 2023`,
  );
});
