import { HotpassError } from '../../errors.ts';
import { shellCommand } from '../../shell-words.ts';
import type { System } from '../../system.ts';
import { previewPorts } from './grant-ports.ts';
import type { TunnelRequest } from './request.ts';
import { plainSshArgv } from './ssh/argv.ts';

/** A command for a person to paste. */
export interface PrintableCommand {
  readonly argv: readonly string[];
  /** The same, quoted for a POSIX shell. */
  readonly command: string;
}

/** Builds the plain ssh command that opens the same forwards, with the ports that `net up` would take now. */
export async function printableCommand(
  sys: System,
  project: string,
  request: TunnelRequest,
): Promise<PrintableCommand> {
  const { gateway, bind, via } = request.plan;
  if (gateway === undefined) {
    throw new HotpassError('usage', `--print-command has nothing to print: --via ${via} runs no command`, {
      hint: 'leave out --print-command, or see the plan: --dry-run',
    });
  }
  const { forwards } = await previewPorts(sys, project, request);
  const argv = plainSshArgv(gateway, forwards, bind);
  return { argv, command: shellCommand(argv) };
}
