import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type RehearsedSsm, startSsm } from '../../src/rehearsal/ssm/index.ts';
import { freePort } from '../support/ports.ts';
import { expectNothingWritten } from './support/refusals.ts';
import { errorOf, openStage, type Stage } from './support/stage.ts';

const [A, B, C] = ['i-0123456789abcdef0', 'i-0123456789abcdef1', 'mi-0123456789abcdef2'] as const;

describe('net up via ssm, before it opens anything,', () => {
  let ssm: RehearsedSsm;
  let env: Record<string, string>;
  beforeAll(async () => {
    ssm = await startSsm({
      callers: [{ accessKeyId: 'AKIDREHEARSED' }, { accessKeyId: 'AKIDFORBIDDEN' }],
      instances: [
        { id: A, tags: { Name: 'bastion', Role: 'bastion' }, name: 'bastion' },
        { id: B, tags: { Name: 'bastion-b', Role: 'bastion' }, name: 'bastion-b' },
        { id: C, name: 'office', pingStatus: 'ConnectionLost' },
      ],
    });
    ssm.setStanding('AKIDFORBIDDEN', 'forbidden');
    env = {
      AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SSM: ssm.url,
    };
  });
  afterAll(() => ssm?.close());

  const up = (stage: Stage, args: readonly string[], more: Record<string, string> = {}) =>
    stage.net(['up', ...args], { env: { ...env, ...more } });

  it.concurrent('shows the plan with the instance as the service knows it', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = [
      '--via',
      'ssm',
      '--instance',
      'bastion',
      '--forward',
      `web=${port}:web.internal:80`,
      '--dry-run',
    ];
    const { code, stdout, stderr } = await up(stage, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`through   ssm ${A} "bastion", agent 3.3.987.0, Amazon Linux 2023\n`);
    const { instance, plan } = JSON.parse((await up(stage, [...args, '--json'])).stdout);
    expect(instance).toMatchObject({ id: A, isOnline: true });
    expect(plan).toMatchObject({
      via: 'ssm',
      ssm: { instance: { name: 'bastion' }, region: 'eu-west-1', channels: 1, client: 'native' },
    });
    await expectNothingWritten(stage);
  });

  it.concurrent('reads all of it from a config', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    await writeFile(
      join(stage.project, 'hotpass.yaml'),
      [
        'version: 1',
        'targets:',
        '  staging:',
        '    aws: { region: eu-west-3 }',
        '    net:',
        '      via: ssm',
        '      ssm: { tag: { Role: bastion, Name: bastion-b }, channels: 4, reason: ticket 4711, client: plugin }',
        `      forwards: { web: { host: web.internal, port: 80, local: ${port} } }`,
        '',
      ].join('\n'),
    );
    const { stdout } = await up(stage, ['--dry-run', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      instance: { id: B },
      plan: {
        ssm: {
          instance: { tags: { Role: 'bastion', Name: 'bastion-b' } },
          region: 'eu-west-3',
          channels: 4,
          reason: 'ticket 4711',
          client: 'plugin',
        },
      },
    });
    const explained = (await up(stage, ['--explain'])).stdout;
    expect(explained).toMatch(/^instance +tag:Role=bastion,tag:Name=bastion-b +hotpass\.yaml:7:/m);
    expect(explained).toMatch(/^region +eu-west-3 +hotpass\.yaml:4:/m);
    expect(explained).toMatch(/^channels +4 +hotpass\.yaml:7:/m);
  });

  it.concurrent('prints a command of the AWS CLI for each forward', async (t) => {
    const stage = await openStage(t);
    const [one, two] = [await freePort(), await freePort()];
    const forwards = ['--forward', `web=${one}:web.internal:80`, '--forward', `db=${two}:db.internal:5432`];
    const args = ['--instance', 'bastion', '--reason', 'ticket 4711', ...forwards, '--print-command'];
    const line = (host: string, port: number, local: number) =>
      `aws ssm start-session --target ${A} --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters host=${host},portNumber=${port},localPortNumber=${local} --reason 'ticket 4711' --region eu-west-1\n`;
    expect(await up(stage, args)).toMatchObject({
      code: 0,
      stdout: line('web.internal', 80, one) + line('db.internal', 5432, two),
      stderr: '',
    });
    // An id needs no account: this is for who has the AWS CLI and looks for a fault.
    const direct = ['--instance', C, '--profile', 'x', ...forwards.slice(0, 2), '--print-command', '--json'];
    const { argv, more } = JSON.parse(
      (await up(stage, direct, { AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1' })).stdout,
    );
    expect(argv).toEqual(expect.arrayContaining([C, '--profile', 'x']));
    expect(more).toBeUndefined();
    await expectNothingWritten(stage);
  });

  it.concurrent.for([
    ['an id that nobody has', ['--instance', 'i-0123456789abcdeff'], {}, 2, 'instance-unknown'],
    ['a name that nobody has', ['--instance', 'nobody'], {}, 2, 'instance-unknown'],
    ['a tag that several have', ['--instance', 'tag:Role=bastion'], {}, 2, 'instance-ambiguous'],
    ['one that is offline', ['--instance', C], {}, 1, 'instance-not-connected'],
    ['a name that is offline', ['--target-id', 'office'], {}, 1, 'instance-not-connected'],
    [
      'a name that may not be looked up',
      ['--via', 'ssm', '--host', 'bastion'],
      { AWS_ACCESS_KEY_ID: 'AKIDFORBIDDEN' },
      1,
      'access-denied',
    ],
    ['keys that nobody knows', ['--instance', A], { AWS_ACCESS_KEY_ID: 'AKIDNOBODY' }, 1, 'access-denied'],
    ['no region', ['--instance', A], { AWS_REGION: '' }, 2, 'region-missing'],
    ['no such profile', ['--instance', A, '--profile', 'x'], {}, 2, 'profile-unknown'],
  ] as const)('tells of %s', async ([, args, more, exit, code], t: TestContext) => {
    const stage = await openStage(t);
    const forward = ['--forward', `web=${await freePort()}:web.internal:80`, '--dry-run', '--json'];
    const ended = await up(stage, [...args, ...forward], more);
    expect(errorOf(ended)).toMatchObject({ code, hint: expect.stringMatching(/./) });
    expect([ended.code, ended.stderr]).toEqual([exit, '']);
    await expectNothingWritten(stage);
  });
});
