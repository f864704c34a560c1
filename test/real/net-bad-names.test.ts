import { describe, expect, it } from 'vitest';
import { expectNothingWritten, tellRefusals } from './support/refusals.ts';
import { directly, openStage } from './support/stage.ts';

const FORWARD = ['--forward', 'x=h:1'] as const;
const up = (...args: readonly string[]) => ['up', ...args, ...FORWARD];
const long = 'a'.repeat(300);

describe('net up refuses, before it begins anything,', () => {
  it('what is no label, target, duration or way', async () => {
    const stage = await openStage();
    const told = await tellRefusals(stage, {
      'label with /': up('--label', 'a/b'),
      'label ..': up('--label', '..'),
      'label too long': up('--label', long),
      'label with a dash': up('--label=-x'),
      'target with /': ['up', '../x', ...FORWARD],
      'no duration': up('--timeout', 'soon'),
      'no duration in the environment': { args: up('--host=h'), run: { env: { HOTPASS_TIMEOUT: 'soon' } } },
      'no way': up('--via', 'carrier-pigeon'),
      'no way in the environment': { args: up(), run: { env: { HOTPASS_VIA: 'pigeon' } } },
      'no instance': up('--via', 'ssm'),
      'what only looks like an instance': up('--instance', 'i-0XYZ'),
      'a tag without a value': up('--instance', 'tag:Role'),
      'no instance in the environment': {
        args: up(),
        run: { env: { HOTPASS_VIA: 'ssm', HOTPASS_INSTANCE: '--x' } },
      },
      'too many channels': up('--instance', 'i-0abc12def3456789a', '--channels', '17'),
      'no region': up('--instance', 'i-0abc12def3456789a', '--region', 'eu-west-1.evil.example/'),
      'no profile': up('--instance', 'i-0abc12def3456789a', '--profile=--x'),
      'no client': up('--instance', 'i-0abc12def3456789a', '--ssm-client', 'telnet'),
      'no requirement': up('--require', 'luck'),
      'no host at all': up(),
      'nothing to forward': ['up', 'prod', '--host=h'],
      'prefect without a host': ['up', 'prod', '--host=h', '--prefect-port', '4200'],
      'a mistyped option': up('--hots=h'),
      'a verb too many': ['up', 'staging', 'prod', ...FORWARD],
      'the command of no command': [...directly('x=h:1'), '--print-command'],
    });
    await expectNothingWritten(stage);
    expect(told).toMatchInlineSnapshot(`
      "label with / (exit 2)
      error: label "a/b" is not a name  [label-invalid]
        next    letters, digits, ".", "_" and "-", at most 63, starting with a letter or digit
      label .. (exit 2)
      error: label ".." is not a name  [label-invalid]
        next    letters, digits, ".", "_" and "-", at most 63, starting with a letter or digit
      label too long (exit 2)
      error: label "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" (300 characters) is not a name  [label-invalid]
        next    letters, digits, ".", "_" and "-", at most 63, starting with a letter or digit
      label with a dash (exit 2)
      error: label "-x" is not a name  [label-invalid]
        next    letters, digits, ".", "_" and "-", at most 63, starting with a letter or digit
      target with / (exit 2)
      error: target "../x" (command line) is not a name  [label-invalid]
        next    a name is 1 to 63 letters, digits, dots, dashes and underscores, and begins with a letter or digit
      no duration (exit 2)
      error: --timeout is not a duration up to 24 days: "soon"  [usage]
        next    write 30s, 10m, 1h, 500ms or bare seconds
      no duration in the environment (exit 2)
      error: HOTPASS_TIMEOUT: "soon" is not a duration  [usage]
        next    write 30s, 10m, 1h, 500ms or bare seconds
      no way (exit 2)
      error: --via has no choice "carrier-pigeon"  [usage]
        next    choose from ssh-bastion, ssm, direct
      no way in the environment (exit 2)
      error: HOTPASS_VIA: --via pigeon is not one of ssh-bastion, ssm, direct  [usage]
        next    hotpass net up --via ssh-bastion
      no instance (exit 2)
      error: no instance for target staging; no hotpass.yaml in this folder or above  [no-instance]
        next    --instance INSTANCE, or targets.staging.net.ssm.instance in hotpass.yaml
      what only looks like an instance (exit 2)
      error: instance "i-0XYZ" is not an id, a name or tag:KEY=VALUE  [instance-invalid]
        next    for example i-0abc12def3456789a
      a tag without a value (exit 2)
      error: instance "tag:Role" is not an id, a name or tag:KEY=VALUE  [instance-invalid]
        next    for example --instance tag:Role=bastion
      no instance in the environment (exit 2)
      error: HOTPASS_INSTANCE: instance "--x" is not an id, a name or tag:KEY=VALUE  [instance-invalid]
        next    i-…, mi-…, ecs:…, a name, or tag:KEY=VALUE
      too many channels (exit 2)
      error: channels 17 is not a whole number from 1 to 16  [usage]
        next    for example --channels 4
      no region (exit 2)
      error: region "eu-west-1.evil.example/" is not one of AWS  [usage]
        next    for example --region eu-west-1
      no profile (exit 2)
      error: profile "--x" is not the name of an AWS profile  [usage]
        next    for example --profile hotpass-staging
      no client (exit 2)
      error: --ssm-client has no choice "telnet"  [usage]
        next    choose from native, plugin
      no requirement (exit 2)
      error: --require has no choice "luck"  [usage]
        next    choose from service, transport
      no host at all (exit 2)
      error: no bastion host for target staging; no hotpass.yaml in this folder or above  [no-host]
        next    --host HOST, or targets.staging.net.ssh.host in hotpass.yaml
      nothing to forward (exit 2)
      error: target prod has nothing to forward  [no-forwards]
        next    --forward NAME=HOST:PORT, or targets.prod.net.forwards in hotpass.yaml
      prefect without a host (exit 2)
      error: --prefect-port says nothing about where prefect is  [forward-invalid]
        next    add --prefect-host HOST
      a mistyped option (exit 2)
      error: unknown option --hots; did you mean --host?  [usage]
        next    hotpass net up --help
      a verb too many (exit 2)
      error: unexpected argument "prod"  [usage]
        next    hotpass net up --help  (several names only with --resume)
      the command of no command (exit 2)
      error: --print-command has nothing to print: --via direct runs no command  [usage]
        next    leave out --print-command, or see the plan: --dry-run"
    `);
  });

  it('options of ssh that it sets itself, however they are written', async () => {
    const stage = await openStage();
    const told = await tellRefusals(stage, {
      'as Name=value': up('--host=h', '--ssh-option', 'ControlPath=/tmp/x'),
      'in odd case': up('--host=h', '--ssh-option', 'bAtChMoDe=no'),
      'as Name value': up('--host=h', '--ssh-option', 'ExitOnForwardFailure no'),
      'with blanks around =': up('--host=h', '--ssh-option', 'ServerAliveInterval \t= 0'),
      'a forward': up('--host=h', '--ssh-option', 'LOCALFORWARD=1 a:1'),
      'no option at all': up('--host=h', '--ssh-option=-oX=y'),
      'two in one': up('--host=h', '--ssh-option', 'Compression=yes\nBatchMode=no'),
      'an empty one': up('--host=h', '--ssh-option', 'Compression='),
    });
    await expectNothingWritten(stage);
    expect(told).toMatchInlineSnapshot(`
      "as Name=value (exit 2)
      error: ControlPath is set by hotpass and cannot be changed  [ssh-option-reserved]
        next    leave out ControlPath
      in odd case (exit 2)
      error: bAtChMoDe is set by hotpass and cannot be changed  [ssh-option-reserved]
        next    leave out bAtChMoDe
      as Name value (exit 2)
      error: ExitOnForwardFailure is set by hotpass and cannot be changed  [ssh-option-reserved]
        next    leave out ExitOnForwardFailure
      with blanks around = (exit 2)
      error: ssh option "ServerAliveInterval \\t= 0" is not Name=value  [usage]
        next    for example --ssh-option Compression=yes
      a forward (exit 2)
      error: LOCALFORWARD is set by hotpass and cannot be changed  [ssh-option-reserved]
        next    forwards are given by --forward
      no option at all (exit 2)
      error: ssh option "-oX=y" is not Name=value  [usage]
        next    for example --ssh-option Compression=yes
      two in one (exit 2)
      error: ssh option "Compression=yes\\nBatchMode=no" is not Name=value  [usage]
        next    for example --ssh-option Compression=yes
      an empty one (exit 2)
      error: ssh option "Compression=" is not Name=value  [usage]
        next    for example --ssh-option Compression=yes"
    `);
  });
});
