import { describe, expect, it } from 'vitest';
import { type Given, refusal, request } from './requests.ts';

const HOST = { host: 'b' } as const;
const FORWARD = { forward: ['x=h:1'] } as const;

describe('requestTunnel', () => {
  it('has a default for everything but the bastion', () => {
    const { plan, wanted, fixed, policy, require, warnings } = request({ args: HOST });
    expect(plan).toMatchObject({
      label: 'staging',
      target: 'staging',
      via: 'ssh-bastion',
      gateway: { host: 'b', jump: [], options: [] },
      holdMs: 30_000,
      timeoutMs: 30_000,
    });
    expect(wanted.map(({ name, host, port, probe }) => `${name} ${host}:${port} ${probe}`)).toEqual([
      'prefect prefect.staging.internal:4200 prefect',
      'marquez marquez.staging.internal:5000 marquez',
    ]);
    expect([fixed.size, policy, require, warnings]).toEqual([0, 'careful', 'service', []]);
  });

  it.each<[string, Given, string, unknown]>([
    ['a flag before a variable', { args: HOST, variables: { HOTPASS_BASTION_HOST: 'v' } }, 'host', 'b'],
    [
      'a variable before the file',
      { variables: { HOTPASS_BASTION_HOST: 'v' }, net: { ssh: { host: 'f' } } },
      'host',
      'v',
    ],
    ['the file before nothing', { net: { ssh: { host: 'f' } } }, 'host', 'f'],
    [
      'the port of a variable as a number',
      { args: HOST, variables: { HOTPASS_BASTION_PORT: '2200' } },
      'port',
      2200,
    ],
    ['a user of the file', { args: HOST, net: { ssh: { user: 'u' } } }, 'user', 'u'],
    ['a key below home', { args: { ...HOST, identity: '~/k' } }, 'identity', '/home/op/k'],
    ['a key below here', { args: { ...HOST, identity: 'k' } }, 'identity', '/home/op/k'],
    ['a key anywhere', { args: HOST, variables: { HOTPASS_SSH_IDENTITY: '/k' } }, 'identity', '/k'],
    ['an ssh_config below here', { args: { ...HOST, sshConfig: 'c' } }, 'configFile', '/home/op/c'],
    ['jumps from near to far', { args: { ...HOST, jump: ['a,b', 'c:22'] } }, 'jump', ['a', 'b', 'c:22']],
    ['one jump of the file', { args: HOST, net: { ssh: { jump: 'a' } } }, 'jump', ['a']],
    [
      'options of the file',
      { args: HOST, net: { ssh: { options: { Compression: 'yes' } } } },
      'options',
      ['Compression=yes'],
    ],
    ['an IPv6 bastion without brackets', { args: { host: '[::1]' } }, 'host', '::1'],
  ])('takes %s', (_, given, key, value) => {
    expect(request(given).plan.gateway).toMatchObject({ [key]: value });
  });

  it.each<[string, Given, object]>([
    ['a hold of a variable', { variables: { HOTPASS_HOLD: '2m' } }, { holdMs: 120_000 }],
    ['a hold of the file', { net: { hold: '1.5s' } }, { holdMs: 1_500 }],
    ['a bare number as seconds', { net: { timeout: '7' } }, { timeoutMs: 7_000 }],
    ['a label', { args: { label: 'l' } }, { label: 'l', target: 'staging' }],
    ['each bind address once', { args: { bind: ['127.0.0.1', '127.0.0.1'] } }, { bind: ['127.0.0.1'] }],
    ['one bind address of the file', { net: { bind: '::1' } }, { bind: ['::1'] }],
    ['the direct way, without a bastion', { args: { via: 'direct' } }, { via: 'direct' }],
  ])('takes %s', (_, given, plan) => {
    const { args = {}, ...rest } = given;
    expect(request({ args: { ...HOST, ...args }, ...rest }).plan).toMatchObject(plan);
  });

  it('takes what must work', () => {
    expect(request({ args: HOST, net: { require: 'transport' } }).require).toBe('transport');
    expect(request({ args: { ...HOST, require: 'transport' } }).require).toBe('transport');
  });

  it.each([
    [undefined, 'careful'],
    [true, 'moves'],
    [false, 'stays'],
  ] as const)('with --auto-port %s a busy port is %s', (autoPort, policy) => {
    expect(request({ args: { ...HOST, autoPort } }).policy).toBe(policy);
  });

  it('warns of each bind address that others reach', () => {
    const { warnings } = request({ args: { ...HOST, bind: ['0.0.0.0', '127.0.0.1', '10.0.0.5'] } });
    expect(warnings).toEqual([
      '--bind 0.0.0.0: whoever reaches that address reaches the services of staging',
      '--bind 10.0.0.5: whoever reaches that address reaches the services of staging',
    ]);
  });

  it.each<[Given, string]>([
    [
      { args: FORWARD },
      'no bastion host for target staging; no hotpass.yaml in this folder or above  [no-host]',
    ],
    [{ args: HOST, target: 'prod' }, 'target prod has nothing to forward  [no-forwards]'],
    [{ args: { ...HOST, sshPort: 0 } }, 'ssh port "0" is not a port  [port-invalid]'],
    [
      { args: HOST, variables: { HOTPASS_BASTION_PORT: 'x' } },
      'HOTPASS_BASTION_PORT: ssh port "x" is not a port  [port-invalid]',
    ],
    [
      { variables: { HOTPASS_BASTION_HOST: '-x' } },
      'HOTPASS_BASTION_HOST: bastion host "-x" is not a host name or address  [host-invalid]',
    ],
    [
      { args: HOST, net: { ssh: { user: 'a b' } } },
      'hotpass.yaml: net.ssh.user: user "a b" is not a login name  [host-invalid]',
    ],
    [
      { args: HOST, net: { ssh: { options: { BatchMode: 'no' } } } },
      'hotpass.yaml: net.ssh.options: BatchMode is set by hotpass and cannot be changed  [ssh-option-reserved]',
    ],
    [{ args: HOST, variables: { HOTPASS_HOLD: 'x' } }, 'HOTPASS_HOLD: "x" is not a duration  [usage]'],
    [{ args: { ...HOST, via: 'pigeon' } }, '--via pigeon is not one of ssh-bastion, ssm, direct  [usage]'],
    [
      { args: { ...HOST, bind: ['a b'] } },
      'bind address "a b" is not a host name or address  [host-invalid]',
    ],
    [{ args: { ...HOST, label: 'a/b' } }, 'label "a/b" is not a name  [label-invalid]'],
  ])('refuses %j', (given, message) => {
    expect(refusal(given)).toBe(message);
  });

  it('remembers where each value came from', () => {
    const { chosen } = request({ args: { ...HOST, ...FORWARD }, net: { hold: '9s' } });
    expect(chosen.map(({ name, origin }) => `${name}: ${origin}`)).toEqual([
      'label: default',
      'via: default',
      'bind: default',
      'forward x: flag --forward',
      'host: flag --host',
      'jump: default',
      'ssh-option: default',
      'hold: hotpass.yaml: net.hold',
      'timeout: default',
      'require: default',
    ]);
  });
});
