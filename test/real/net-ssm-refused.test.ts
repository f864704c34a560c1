import { expect, it, type TestContext } from 'vitest';
import { freePort } from '../support/ports.ts';
import { expectNothingLeft, type Refused, tellRefusals } from './support/refusals.ts';
import { expectNothingOverThere, INSTANCE, openSsmStage, type SsmStage } from './support/ssm-stage.ts';
import { errorOf } from './support/stage.ts';

const UP = ['up', '--via', 'ssm', '--forward', 'web=web.staging.internal:80'] as const;

const INSTANCES = [
  { id: INSTANCE, name: 'bastion-a', tags: { Name: 'bastion-a', Role: 'bastion' } },
  { id: 'i-0abc12def3456789b', name: 'bastion-b', tags: { Name: 'bastion-b', Role: 'bastion' } },
  { id: 'i-0abc12def3456789c', name: 'asleep', pingStatus: 'ConnectionLost' },
  { id: 'i-0abc12def3456789d', name: 'old', agentVersion: '3.1.1000.0' },
] as const;

/** With `env` instead of what the stage gives. */
const run = (args: readonly string[], env: Readonly<Record<string, string | undefined>>) => ({
  args,
  run: { env },
});

const REFUSED: Refused = {
  'no instance': UP,
  'a malformed id': [...UP, '--instance', 'i-12 34'],
  'an id that nobody has': [...UP, '--instance', 'i-0ffffffffffffffff'],
  'a name that nobody has': [...UP, '--instance', 'bastion-z'],
  'a tag that two have': [...UP, '--instance', 'tag:Role=bastion'],
  'an instance that is not connected': [...UP, '--instance', 'i-0abc12def3456789c'],
  'a name of one that is not connected': [...UP, '--instance', 'asleep'],
  'an agent that is too old': [...UP, '--instance', 'old'],
  'no region': run([...UP, '--instance', INSTANCE], { AWS_REGION: undefined }),
  'no credentials': run([...UP, '--instance', INSTANCE], {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
  }),
  'a profile that does not exist': [...UP, '--instance', INSTANCE, '--profile', 'nobody'],
  'credentials of somebody else': run([...UP, '--instance', INSTANCE], { AWS_ACCESS_KEY_ID: 'AKIDSTRANGER' }),
  'a forbidden host': ['up', '--via', 'ssm', '--instance', INSTANCE, '--forward', 'web=169.254.169.254:80'],
  'no service there': run([...UP, '--instance', INSTANCE], { AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:9' }),
  'too many channels': [...UP, '--instance', INSTANCE, '--channels', '17'],
  'a client that there is none': [...UP, '--instance', INSTANCE, '--ssm-client', 'other'],
};

/** Gives each line a label and a local port of its own: what one left behind must not be another's obstacle. */
async function apart(table: Refused): Promise<Refused> {
  const rows = Object.entries(table).map(async ([name, line], row) => {
    const { args, run } = 'args' in line ? line : { args: line, run: {} };
    const port = await freePort();
    const own = args.map((word) => word.replace(/^web=/, `web=${port}:`));
    return [name, { args: [...own, '--label', `bad-${row + 1}`], run }] as const;
  });
  return Object.fromEntries(await Promise.all(rows));
}

async function refusingStage(t: TestContext): Promise<SsmStage> {
  return openSsmStage({ instances: INSTANCES }, t);
}

it.concurrent('says of each bad input what is wrong and what to type, and leaves nothing on either side', async (t) => {
  const stage = await refusingStage(t);
  const told = await tellRefusals(stage, await apart(REFUSED), (text) =>
    text.replaceAll(stage.root, 'ROOT').replaceAll(stage.far.url, 'FAR'),
  );
  t.expect(told).toMatchInlineSnapshot(`
    "no instance (exit 2)
    error: no instance for target staging; no hotpass.yaml in this folder or above  [no-instance]
      next    --instance INSTANCE, or targets.staging.net.ssm.instance in hotpass.yaml
    a malformed id (exit 2)
    error: instance "i-12 34" is not an id, a name or tag:KEY=VALUE  [instance-invalid]
      next    for example i-0abc12def3456789a
    an id that nobody has (exit 1)
    error: i-0ffffffffffffffff is not connected to Systems Manager in eu-west-1  [instance-not-connected]
      next    aws ssm describe-instance-information --region eu-west-1 --filters Key=InstanceIds,Values=i-0ffffffffffffffff
    a name that nobody has (exit 2)
    error: no managed instance in eu-west-1 is named "bastion-z"  [instance-unknown]
      next    is it the right account and region? aws ssm describe-instance-information --region eu-west-1
    a tag that two have (exit 2)
    error: 2 instances online are tag:Role=bastion: i-0abc12def3456789a "bastion-a.eu-west-1.compute.internal", agent 3.3.987.0, Amazon Linux 2023; i-0abc12def3456789b "bastion-b.eu-west-1.compute.internal", agent 3.3.987.0, Amazon Linux 2023  [instance-ambiguous]
      next    name one of them: --instance i-0abc12def3456789a
    an instance that is not connected (exit 1)
    error: i-0abc12def3456789c is not connected to Systems Manager in eu-west-1  [instance-not-connected]
      next    aws ssm describe-instance-information --region eu-west-1 --filters Key=InstanceIds,Values=i-0abc12def3456789c
    a name of one that is not connected (exit 1)
    error: none of the 1 that are named "asleep" is connected to Systems Manager in eu-west-1: i-0abc12def3456789c "asleep.eu-west-1.compute.internal", agent 3.3.987.0, Amazon Linux 2023  [instance-not-connected]
      next    start the instance, or its SSM agent: systemctl status amazon-ssm-agent
    an agent that is too old (exit 1)
    error: agent 3.1.1000.0 of i-0abc12def3456789d is too old for other hosts  [agent-too-old]
      next    update the SSM agent of i-0abc12def3456789d to 3.1.1188.0 or later
    no region (exit 2)
    error: no AWS region was given  [region-missing]
      next    for example --region eu-west-1
    no credentials (exit 1)
    error: there are no AWS credentials  [credentials-missing]
      next    aws configure sso
    a profile that does not exist (exit 2)
    error: the AWS config files have no profile "nobody"; there are none  [profile-unknown]
      next    aws configure sso --profile nobody
    credentials of somebody else (exit 1)
    error: AWS does not know the AWS keys of the environment: deleted, or of another partition  [access-denied]
      next    put good keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    a forbidden host (exit 1)
    error: the SSM agent does not forward to 169.254.169.254  [remote-forbidden]
      next    AWS shuts out its own addresses (169.254.*, the first and last of a network): name another host
    no service there (exit 1)
    error: 127.0.0.1:9 refuses connections  [aws-unreachable]
      next    is the VPN up? curl -sI http://127.0.0.1:9
    too many channels (exit 2)
    error: channels 17 is not a whole number from 1 to 16  [usage]
      next    for example --channels 4
    a client that there is none (exit 2)
    error: --ssm-client has no choice "other"  [usage]
      next    choose from native, plugin"
  `);
  await expectNothingLeft(stage);
  await expectNothingOverThere(stage);
});

it.concurrent.for([
  ['forbidden', 'access-denied', 1],
  ['expired', 'credentials-expired', 1],
] as const)('says that credentials are %s', async ([standing, code, exit], t) => {
  const stage = await refusingStage(t);
  await stage.far.order('setStanding', 'AKIDREHEARSED', standing);
  const ended = await stage.net([...UP, '--instance', INSTANCE, '--json']);
  expect(errorOf(ended)).toMatchObject({ code });
  expect(ended).toMatchObject({ code: exit, stderr: '' });
  await expectNothingLeft(stage);
});

it.concurrent('lists in JSON the instances that a tag fits', async (t) => {
  const stage = await refusingStage(t);
  const ended = await stage.net([...UP, '--instance', 'tag:Role=bastion', '--json']);
  expect(ended.code).toBe(2);
  expect(errorOf(ended)).toMatchObject({
    code: 'instance-ambiguous',
    details: { instances: [{ id: INSTANCE }, { id: 'i-0abc12def3456789b' }] },
  });
});

it.concurrent('says that the agent reaches no host of the name, and keeps what works', async (t) => {
  const stage = await refusingStage(t);
  const args = [
    'up',
    '--via',
    'ssm',
    `--forward=web=${await freePort()}:web.staging.internal:80`,
    '--instance',
    INSTANCE,
  ];
  const ended = await stage.net([...args, '--json']);
  expect(ended.code).toBe(1);
  expect(errorOf(ended)).toMatchObject({
    code: 'service-not-answering',
    message: expect.stringContaining('the agent could not connect to web.staging.internal'),
  });
  expect(await stage.net(['down'])).toMatchObject({ code: 0 });
  await expectNothingLeft(stage);
  await expectNothingOverThere(stage);
});

it.concurrent('leaves nothing when nobody answers there', async (t) => {
  const stage = await openSsmStage({ agent: { isMute: true } }, t);
  const forward = `web=${await freePort()}:prefect.staging.internal:4200`;
  const args = ['--via', 'ssm', '--instance', INSTANCE, '--forward', forward, '--timeout', '2s', '--json'];
  const ended = await stage.net(['up', ...args]);
  expect(ended.code).toBe(1);
  expect(errorOf(ended)).toMatchObject({ code: expect.stringMatching(/^(not-ready|ssm-failed)$/) });
  await expectNothingLeft(stage);
  await expectNothingOverThere(stage);
});
