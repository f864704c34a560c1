import { describe, expect, it } from 'vitest';
import { comparePlans, type Gateway, type SsmGateway, type TunnelPlan } from '../../../src/ops/net/plan.ts';

const gateway: Gateway = { host: 'bastion', jump: [], options: [] };
const running: TunnelPlan = {
  label: 'staging',
  target: 'staging',
  via: 'ssh-bastion',
  gateway,
  bind: ['127.0.0.1', '::1'],
  forwards: [{ name: 'api', host: 'api.internal', port: 4200, localPort: 4201, probe: 'prefect' }],
  holdMs: 30_000,
  timeoutMs: 30_000,
};
const withApi = (change: object): Partial<TunnelPlan> => ({
  forwards: running.forwards.map((forward) => ({ ...forward, ...change })),
});

const compare = (asked: Partial<TunnelPlan>, fixed: readonly string[] = [], now: Partial<TunnelPlan> = {}) =>
  comparePlans({ ...running, ...now }, { ...running, ...asked }, new Set(fixed)).map(
    ({ what, running, asked }) => `${what}: ${running} -> ${asked}`,
  );

const ssm: SsmGateway = { instance: { id: 'i-0123456789abcdef0' }, channels: 1, client: 'native' };

it.each<[Partial<SsmGateway>, string[]]>([
  [{}, []],
  [{ instance: { name: 'b' } }, ['--instance: i-0123456789abcdef0 -> b']],
  [{ instance: { tags: { A: 'b', C: 'd' } } }, ['--instance: i-0123456789abcdef0 -> tag:A=b,tag:C=d']],
  [{ profile: 'p', region: 'eu-west-1' }, ['--profile: - -> p', '--region: - -> eu-west-1']],
  [{ channels: 4, client: 'plugin' }, ['--channels: 1 -> 4', '--ssm-client: native -> plugin']],
  // It says why a session was opened, not how.
  [{ reason: 'ticket' }, []],
])('comparePlans tells of %j', (change, differences) => {
  const way = { via: 'ssm', gateway: undefined } as const;
  expect(compare({ ...way, ssm: { ...ssm, ...change } }, [], { ...way, ssm })).toEqual(differences);
});

describe('comparePlans', () => {
  it.each<[string, Partial<TunnelPlan>, string[]]>([
    ['nothing', {}, []],
    ['target', { target: 'prod' }, ['target: staging -> prod']],
    ['via', { via: 'direct', gateway: undefined }, ['--via: ssh-bastion -> direct', '--host: bastion -> -']],
    ['host', { gateway: { ...gateway, host: 'other' } }, ['--host: bastion -> other']],
    [
      'user and port',
      { gateway: { ...gateway, user: 'me', port: 22 } },
      ['--host: bastion -> me@bastion:22'],
    ],
    ['identity', { gateway: { ...gateway, identity: '/k' } }, ['--identity: - -> /k']],
    ['jump', { gateway: { ...gateway, jump: ['a', 'b'] } }, ['--jump: - -> a,b']],
    ['ssh config', { gateway: { ...gateway, configFile: '/c' } }, ['--ssh-config: - -> /c']],
    ['bind', { bind: ['127.0.0.1'] }, ['--bind: 127.0.0.1,::1 -> 127.0.0.1']],
    ['hold', { holdMs: 500 }, ['--hold: 30s -> 0.5s']],
    [
      'remote end',
      withApi({ port: 4300 }),
      ['--forward api: api.internal:4200 (prefect) -> api.internal:4300 (prefect)'],
    ],
    [
      'probe',
      withApi({ probe: 'http', path: '/ok' }),
      ['--forward api: api.internal:4200 (prefect) -> api.internal:4200 (http/ok)'],
    ],
    [
      'one more forward',
      { forwards: [...running.forwards, { name: 'db', host: 'h', port: 1, localPort: 2, probe: 'tcp' }] },
      ['--forward db: - -> h:1 (tcp)'],
    ],
    ['one less', { forwards: [] }, ['--forward api: api.internal:4200 (prefect) -> -']],
    ['what only this call wants', { timeoutMs: 1 }, []],
  ])('tells a difference of %s', (_, asked, expected) => {
    expect(compare(asked)).toEqual(expected);
  });

  it('counts a local port only where one was asked for', () => {
    const moved = withApi({ localPort: 5000 });
    expect(compare(moved)).toEqual([]);
    expect(compare(moved, ['api'])).toEqual([
      '--forward api: 4201:api.internal:4200 (prefect) -> 5000:api.internal:4200 (prefect)',
    ]);
  });

  it('takes a port that had to move for the one that was asked for', () => {
    const now = withApi({ movedFrom: 4200 });
    expect(compare(withApi({ localPort: 4200 }), ['api'], now)).toEqual([]);
    expect(compare(withApi({ localPort: 4199 }), ['api'], now)).toHaveLength(1);
    expect(compare(withApi({ localPort: 4200, port: 1 }), ['api'], now)).toEqual([
      '--forward api: api.internal:4200 (prefect) -> api.internal:1 (prefect)',
    ]);
  });

  it('tells that ssh options differ without showing them', () => {
    const [line = ''] = compare({
      gateway: { ...gateway, options: ['SetEnv=TOKEN=secret', 'Compression yes'] },
    });
    expect(line).toMatch(/^--ssh-option: - -> SetEnv,Compression \([0-9a-f]+\)$/);
    const other = { gateway: { ...gateway, options: ['SetEnv=TOKEN=other', 'Compression yes'] } };
    const one = { gateway: { ...gateway, options: ['SetEnv=TOKEN=secret', 'Compression yes'] } };
    expect(compare(other, [], one)).toHaveLength(1);
    expect(compare(one, [], one)).toEqual([]);
  });
});
