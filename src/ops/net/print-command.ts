import { HotpassError } from '../../errors.ts';
import { shellCommand } from '../../shell-words.ts';
import type { System } from '../../system.ts';
import type { Forward, SsmGateway } from './plan.ts';
import { previewPorts } from './ports/grant-ports.ts';
import type { TunnelRequest } from './request.ts';
import { settle } from './settle.ts';
import { plainSshArgv } from './ssh/argv.ts';
import { lookUpInstance } from './via-ssm/look-up-instance.ts';

/** A command for a person to paste. */
export interface PrintableCommand {
  readonly argv: readonly string[];
  /** The same, quoted for a POSIX shell. */
  readonly command: string;
  /** Where a command carries one forward: those of the others. */
  readonly more?: readonly Pick<PrintableCommand, 'argv' | 'command'>[];
}

/**
 * Builds the plain command that opens the same forwards, with the ports that `net up` would take now. Via ssm it is one
 * of the AWS CLI for each forward, and an instance that is not named by its id is looked up.
 */
export async function printableCommand(
  sys: System,
  project: string,
  request: TunnelRequest,
): Promise<PrintableCommand> {
  const { gateway, ssm, bind, via } = request.plan;
  if (gateway === undefined && ssm === undefined) {
    throw new HotpassError('usage', `--print-command has nothing to print: --via ${via} runs no command`, {
      hint: 'leave out --print-command, or see the plan: --dry-run',
    });
  }
  const { forwards } = await previewPorts(sys, project, await settle(sys, request));
  if (gateway !== undefined) return printable(plainSshArgv(gateway, forwards, bind));
  if (ssm === undefined) throw new HotpassError('no-instance', 'the plan names no instance');
  if (ssm.roleArn !== undefined) {
    sys.out.warn(`aws takes on no role by a flag: name a profile that takes on ${ssm.roleArn}`);
  }
  const id = 'id' in ssm.instance ? ssm.instance.id : (await lookUpInstance(sys, ssm)).id;
  const [first, ...more] = forwards.map((forward) => printable(awsArgv(id, ssm, forward)));
  if (first === undefined) throw new HotpassError('no-forwards', 'there is nothing to forward');
  return more.length === 0 ? first : { ...first, more };
}

function awsArgv(id: string, { profile, region, reason }: SsmGateway, forward: Forward): readonly string[] {
  const { host, port, localPort } = forward;
  const given = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  return [
    ...['aws', 'ssm', 'start-session', '--target', id],
    ...['--document-name', 'AWS-StartPortForwardingSessionToRemoteHost'],
    ...['--parameters', `host=${host},portNumber=${port},localPortNumber=${localPort}`],
    ...given('--reason', reason),
    ...given('--profile', profile),
    ...given('--region', region),
  ];
}

function printable(argv: readonly string[]): PrintableCommand {
  return { argv, command: shellCommand(argv) };
}
