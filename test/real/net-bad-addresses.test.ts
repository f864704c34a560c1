import { describe, expect, it } from 'vitest';
import { expectNothingWritten, tellRefusals } from './support/refusals.ts';
import { directly, openStage } from './support/stage.ts';

const FORWARD = ['--forward', 'x=h:1'] as const;
const up = (...args: readonly string[]) => ['up', ...args, ...FORWARD];
const long = 'a'.repeat(300);

describe('net up refuses, before it begins anything,', () => {
  it('what is no port', async () => {
    const stage = await openStage();
    const told = await tellRefusals(stage, {
      '0': directly('x=h:0'),
      '70000': directly('x=70000:h:1'),
      abc: directly('x=abc:h:1'),
      nothing: directly('x=h:'),
      negative: directly('x=-1:h:1'),
      'a fraction': ['up', '--host=h', '--prefect-port', '4200.5'],
      'a letter for the ssh port': up('--host=h', '--ssh-port', 'abc'),
      'ssh port 0': up('--host=h', '--ssh-port', '0'),
      'ssh port in the environment': {
        args: up('--host=h'),
        run: { env: { HOTPASS_BASTION_PORT: '99999' } },
      },
      'port of a jump host': up('--host=h', '--jump=j:0'),
      'one port twice': directly('x=4300:h:1', 'y=4300:h:2'),
      'one forward twice': directly('x=4300:h:1', 'x=4301:h:2'),
      'no forward': directly('4200'),
      'a forward without a port': directly('x=h'),
    });
    await expectNothingWritten(stage);
    expect(told).toMatchInlineSnapshot(`
      "0 (exit 2)
      error: port of forward x "0" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      70000 (exit 2)
      error: local port of forward x "70000" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      abc (exit 2)
      error: local port of forward x "abc" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      nothing (exit 2)
      error: port of forward x "" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      negative (exit 2)
      error: local port of forward x "-1" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      a fraction (exit 2)
      error: local port "4200.5" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      a letter for the ssh port (exit 2)
      error: --ssh-port is not a number: "abc"  [usage]
        next    hotpass net up --help
      ssh port 0 (exit 2)
      error: ssh port "0" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      ssh port in the environment (exit 2)
      error: HOTPASS_BASTION_PORT: ssh port "99999" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      port of a jump host (exit 2)
      error: port of the jump host "0" is not a port  [port-invalid]
        next    a whole number from 1 to 65535
      one port twice (exit 2)
      error: local port 4300 is given to x and to y  [port-invalid]
        next    give each forward a port of its own, or leave it to hotpass
      one forward twice (exit 2)
      error: forward x is given twice  [forward-invalid]
        next    give each a name of its own
      no forward (exit 2)
      error: forward "4200" is not NAME=[LOCAL:]HOST:PORT  [forward-invalid]
        next    for example --forward prefect=prefect.staging.internal:4200, --forward db=15432:db.internal:5432 or --forward eks
      a forward without a port (exit 2)
      error: forward "x=h" is not NAME=[LOCAL:]HOST:PORT  [forward-invalid]
        next    for example --forward prefect=prefect.staging.internal:4200, --forward db=15432:db.internal:5432 or --forward eks"
    `);
  });

  it('what is no host, user or jump host', async () => {
    const stage = await openStage();
    const told = await tellRefusals(stage, {
      'host with a dash': up('--host=-oProxyCommand=touch x'),
      'host with a space': up('--host=a b'),
      'host with a newline': up('--host=a\nb'),
      'host with ;': up('--host=a;touch x'),
      'host with $()': up('--host=$(touch x)'),
      'host with an escape sequence': up('--host=a\u001b[31m'),
      'host too long': up(`--host=${long}`),
      'host in the environment': { args: up(), run: { env: { HOTPASS_BASTION_HOST: '-oX' } } },
      'user with a dash': up('--host=h', '--ssh-user=-oX'),
      'user with a space': up('--host=h', '--ssh-user=a b'),
      'user with ;': up('--host=h', '--ssh-user=a;b'),
      'jump host with a dash': up('--host=h', '--jump=-oX'),
      'jump host with $()': up('--host=h', '--jump=$(touch x)'),
      'jump user with a newline': up('--host=h', '--jump=a\nb@j'),
      'second jump host with ;': up('--host=h', '--jump=j,k;l'),
      'forward host with a dash': directly('x=-oX:1'),
      'forward host with a space': directly('x=a b:1'),
      'prefect in the environment': {
        args: ['up', '--host=h'],
        run: { env: { HOTPASS_PREFECT_REMOTE_HOST: '-oX' } },
      },
      'bind address with ;': [...directly('x=h:1'), '--bind', 'a;b'],
    });
    await expectNothingWritten(stage);
    expect(told).toMatchInlineSnapshot(`
      "host with a dash (exit 2)
      error: bastion host "-oProxyCommand=touch x" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      host with a space (exit 2)
      error: bastion host "a b" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      host with a newline (exit 2)
      error: bastion host "a\\nb" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      host with ; (exit 2)
      error: bastion host "a;touch x" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      host with $() (exit 2)
      error: bastion host "$(touch x)" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      host with an escape sequence (exit 2)
      error: bastion host "a\\u001b[31m" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      host too long (exit 2)
      error: bastion host "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" (300 characters) is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      host in the environment (exit 2)
      error: HOTPASS_BASTION_HOST: bastion host "-oX" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      user with a dash (exit 2)
      error: user "-oX" is not a login name  [host-invalid]
        next    for example --ssh-user ec2-user
      user with a space (exit 2)
      error: user "a b" is not a login name  [host-invalid]
        next    for example --ssh-user ec2-user
      user with ; (exit 2)
      error: user "a;b" is not a login name  [host-invalid]
        next    for example --ssh-user ec2-user
      jump host with a dash (exit 2)
      error: jump host "-oX" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      jump host with $() (exit 2)
      error: jump host "$(touch x)" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      jump user with a newline (exit 2)
      error: user "a\\nb" is not a login name  [host-invalid]
        next    for example --ssh-user ec2-user
      second jump host with ; (exit 2)
      error: jump host "k;l" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      forward host with a dash (exit 2)
      error: host of forward x "-oX" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      forward host with a space (exit 2)
      error: host of forward x "a b" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      prefect in the environment (exit 2)
      error: HOTPASS_PREFECT_REMOTE_HOST: host of prefect "-oX" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1
      bind address with ; (exit 2)
      error: bind address "a;b" is not a host name or address  [host-invalid]
        next    for example bastion.staging.internal, 10.0.0.7 or ::1"
    `);
  });
});
